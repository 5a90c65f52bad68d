"""One file, judged as a refresh would judge it, before it is sent: no warehouse is needed."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.inputs.cycles import cycle_names, get_cycle
from orchestration.inputs.records import InputError, Problem
from orchestration.intake.forms import read_file
from orchestration.intake.received import known_members
from orchestration.intake.rules import judge

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.inputs.home import Home
    from orchestration.intake.model import Judged, ReadFile, Rejection


@dataclass(frozen=True)
class Checked:
    """What a refresh would make of a file.

    Attributes:
        cycle: the cycle it was judged for.
        n_kpis: KPIs with all their figures, for a file of one Member.
    """

    read: ReadFile
    cycle: str
    judged: tuple[Judged, ...]

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
        return sum(_n_reported(j) for j in self.judged)

    @property
    def n_instruments(self) -> int:
        """Instruments answered about, over all Members of the file."""
        return sum(len({a.code for a in j.answers if a.part == "instruments"}) for j in self.judged)


def _n_reported(judged: Judged) -> int:
    figures: dict[str, int] = {}
    for answer in judged.answers:
        if answer.value is not None:
            figures[answer.code] = figures.get(answer.code, 0) + (2 if answer.field == "value" else 1)
    return sum(1 for n in figures.values() if n == 2)


def check_file(home: Home, path: Path, cycle: str | None) -> Checked:
    """Judge one file.

    Args:
        home: where cycles and frameworks are.
        path: the file, anywhere.
        cycle: the cycle it is for; None to take what the file itself says.

    Raises:
        InputError: the file is missing, or its cycle is not known.
    """
    what = f"{path.name} can't be checked"
    if not path.is_file():
        raise InputError(what, [Problem(path.as_posix(), None, None, "there is no such file")])
    name = cycle or stated_cycle(path)
    names = cycle_names(home)
    if name not in names:
        said = f"it names cycle {name!r}, which is not there" if name else "it does not say which cycle it is for"
        known = f"there are {', '.join(names)}" if names else "there is none"
        raise InputError(what, [Problem(path.name, None, None, f"{said} ({known}); say it with --cycle")])
    found = get_cycle(home, name)
    read = read_file(path, path.name, found.framework)
    members = known_members(home)
    return Checked(read, name, tuple(judge(s, found, members) for s in read.submissions))


def stated_cycle(path: Path) -> str | None:
    """The cycle that a workbook or JSON file says it is for; None if it says none or can't be read.

    A file that can't be read, or an export, which has no place for it, needs the cycle given.
    """
    try:
        if path.suffix.lower() == ".json":
            found = json.loads(path.read_text(encoding="utf-8-sig"))
            return str(found["cycle"]) if isinstance(found, dict) and "cycle" in found else None
        if path.suffix.lower() in (".xlsx", ".xlsm") and zipfile.is_zipfile(path):
            from orchestration.intake.forms import workbook

            return workbook.stated_cycle(path)
    except (OSError, ValueError, KeyError):
        return None
    return None
