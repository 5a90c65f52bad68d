"""One file, judged as a refresh would judge it, before it is sent: no warehouse is needed."""

from __future__ import annotations

import json
import multiprocessing
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.inputs.cycles import Cycle, cycle_names, get_cycle
from orchestration.inputs.records import InputError, Problem
from orchestration.intake.folder import Entry
from orchestration.intake.forms import MOST_BYTES, form_of
from orchestration.intake.model import Judged
from orchestration.intake.processes import read_apart
from orchestration.intake.received import known_members
from orchestration.intake.text import printable

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.inputs.home import Home
    from orchestration.intake.model import ReadFile, Rejection


@dataclass(frozen=True)
class Sufficiency:
    """Whether a submission is complete enough to enter the results (§6); the warehouse's own is `int_member_completeness`.

    Attributes:
        n_applicable: KPIs that apply, that is all but those said not to.
        n_reported: of them those with all their figures.
        rate: n_reported / n_applicable; 0 where none applies.
        n_instruments: instruments that are answered about.
        least_rate: the rate that the cycle asks for.
        least_instruments: the number of instruments that it asks for.
        missing: the KPIs that apply and are not reported.
    """

    n_applicable: int
    n_reported: int
    rate: float
    n_instruments: int
    least_rate: float
    least_instruments: int
    missing: tuple[str, ...]

    @property
    def is_sufficient(self) -> bool:
        """Whether the submission counts."""
        return self.rate >= self.least_rate and self.n_instruments >= self.least_instruments


@dataclass(frozen=True)
class Checked:
    """What a refresh would make of a file.

    Attributes:
        cycle: the cycle it was judged for.
        sufficiency: of a file with all answers of one Member; None for an export, which has one of the two lists.
    """

    read: ReadFile
    cycle: str
    judged: tuple[Judged, ...]
    sufficiency: Sufficiency | None

    @property
    def rejections(self) -> list[Rejection]:
        """Everything that would be set aside."""
        return [r for j in self.judged for r in j.rejections] + list(self.read.rejections)

    @property
    def n_loaded(self) -> int:
        """Cells that would load."""
        return sum(j.n_loaded for j in self.judged)

    @property
    def n_set_aside(self) -> int:
        """Cells that would be set aside."""
        return sum(r.n_cells for r in self.rejections)

    @property
    def members(self) -> list[str]:
        """The Members whose answers it holds."""
        return sorted({j.submission.member for j in self.judged})

    @property
    def n_kpis_reported(self) -> int:
        """KPIs reported with all their figures, over all Members of the file."""
        return sum(len(_reported(j)) for j in self.judged)

    @property
    def n_instruments(self) -> int:
        """Instruments answered about, over all Members of the file."""
        return sum(len({a.code for a in j.answers if a.part == "instruments"}) for j in self.judged)


def _reported(judged: Judged) -> set[str]:
    """The KPIs that have all their figures."""
    figures: dict[str, int] = {}
    for answer in judged.answers:
        if answer.value is not None:
            figures[answer.code] = figures.get(answer.code, 0) + (2 if answer.field == "value" else 1)
    return {code for code, n in figures.items() if n == 2}


def sufficiency(judged: Judged, cycle: Cycle) -> Sufficiency | None:
    """Whether a submission suffices; None where it does not speak for both lists.

    Args:
        judged: the submission.
        cycle: whose thresholds hold.
    """
    if len(judged.submission.covers) != 2:
        return None
    reported = _reported(judged)
    not_applicable = {a.code for a in judged.answers if a.field == "status" and a.word == "not_applicable"} - reported
    applicable = [code for code in cycle.framework.kpis if code not in not_applicable]
    least = cycle.file.sufficiency
    return Sufficiency(
        len(applicable),
        len(reported),
        len(reported) / len(applicable) if applicable else 0.0,
        len({a.code for a in judged.answers if a.part == "instruments"}),
        least.minimum_completeness_rate,
        least.minimum_instruments_answered,
        tuple(code for code in applicable if code not in reported),
    )


def check_file(home: Home, path: Path, cycle: str | None) -> Checked:
    """Judge one file.

    Args:
        home: where cycles and frameworks are.
        path: the file, anywhere.
        cycle: the cycle it is for; None to take what the file itself says.

    Raises:
        InputError: the file is missing, or its cycle is not known.
    """
    shown = printable(path.name)
    what = f"{shown} can't be checked"
    if not path.is_file():
        raise InputError(what, [Problem(printable(path.as_posix()), None, None, "there is no such file")])
    name = cycle or stated_cycle(path)
    names = cycle_names(home)
    if name not in names:
        said = f"it names cycle {name!r}, which is not there" if name else "it does not say which cycle it is for"
        known = f"there are {', '.join(names)}" if names else "there is none"
        raise InputError(what, [Problem(shown, None, None, f"{said} ({known}); say it with --cycle")])
    found = get_cycle(home, name)
    # a command has one thread, so that a fork is safe, and has imported what reading needs
    fork = multiprocessing.get_context("fork")
    (read,) = read_apart([Entry(path, shown)], found, known_members(home), context=fork)
    suffices = sufficiency(read.judged[0], found) if len(read.judged) == 1 else None
    return Checked(read.file, name, read.judged, suffices)


def stated_cycle(path: Path) -> str | None:
    """The cycle that a workbook or JSON file says it is for; None if it says none or can't be read.

    A file that can't be read, or an export, which has no place for it, needs the cycle given.
    """
    form = form_of(path)
    try:
        if form not in ("json", "workbook") or path.stat().st_size > MOST_BYTES[form]:
            return None
        if form == "json":
            found = json.loads(path.read_text(encoding="utf-8-sig"))
            return printable(str(found["cycle"])) if isinstance(found, dict) and "cycle" in found else None
        if zipfile.is_zipfile(path):
            from orchestration.intake.forms import workbook

            return workbook.stated_cycle(path)
    except (OSError, ValueError, KeyError, RecursionError):
        return None
    return None
