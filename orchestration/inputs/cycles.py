"""The registry of cycles: what `raw/cycles/` holds, each cycle with its framework and roster (docs/design.md section 2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from orchestration.inputs.framework import Framework, read_framework
from orchestration.inputs.records import InputError, Problem, Record, read_csv, read_toml, unique

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.inputs.home import Home

NOT_CLASSIFIED = "Not classified"
"""The group of a Member whose cell of a grouping is blank."""


class Sufficiency(Record):
    """When a Member's submission is complete enough to enter any result (§6)."""

    minimum_completeness_rate: float = Field(ge=0, le=1)
    minimum_instruments_answered: int = Field(ge=0)


class Completeness(Record):
    """What the cycle's Great Expectations suites expect; rates are fractions."""

    minimum_submission_rate: float = Field(ge=0, le=1)
    minimum_sufficient_members: int = Field(ge=0)
    minimum_kpi_response_rate: float = Field(ge=0, le=1)
    minimum_instrument_response_rate: float = Field(ge=0, le=1)
    maximum_set_aside_rate: float = Field(ge=0, le=1)
    maximum_loss_rate: float = Field(default=0.1, ge=0, le=1)
    """Of the Members, values and answers that the last publication shows, what a refresh may lose without being stopped."""


class CycleFile(Record):
    """`cycle.toml`. The cycle is open from `opens` to `closes`, both days included."""

    framework: str
    reporting_year: int = Field(ge=1990, le=2200)
    opens: dt.date
    closes: dt.date
    data_origin: Literal["reported", "synthetic"]
    sufficiency: Sufficiency
    completeness: Completeness

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> CycleFile:
        if self.closes < self.opens:
            raise ValueError(f"closes ({self.closes}) is before opens ({self.opens})")
        return self


class RosterRow(Record):
    """A row of `roster.csv`; `groups` holds the columns of the groupings."""

    member: str = Field(pattern=r"^[A-Z]{3}$")
    name: str
    groups: dict[str, str]


@dataclass(frozen=True)
class Cycle:
    """One cycle's folder; its files are read when they are first needed."""

    name: str
    folder: Path
    home: Home

    @cached_property
    def file(self) -> CycleFile:
        """`cycle.toml`.

        Raises:
            InputError: the file is missing or wrong.
        """
        problems: list[Problem] = []
        found = read_toml(self.folder / "cycle.toml", CycleFile, problems)
        if found is None:
            raise InputError(f"Cycle {self.name!r} can't be used", problems)
        return found

    @cached_property
    def framework(self) -> Framework:
        """The framework that the cycle uses.

        Raises:
            InputError: the framework is missing or contradicts itself.
        """
        return read_framework(self.home.frameworks / self.file.framework)

    @cached_property
    def roster(self) -> dict[str, RosterRow]:
        """The nominated Members by alpha-3, with the attributes they had then.

        Raises:
            InputError: the roster is missing, or its columns or groups are not the framework's.
        """
        problems: list[Problem] = []
        rows = read_csv(self.folder / "roster.csv", RosterRow, problems, extra="groups")
        found: dict[str, RosterRow] = unique("roster.csv", rows, ("member",), problems)
        groupings = self.framework.groupings
        if rows:
            columns = next(iter(rows.values())).groups
            for name in groupings:
                if name not in columns:
                    problems.append(Problem("roster.csv", 1, name, "this column, a grouping, is missing"))
            for name in columns:
                if name not in groupings:
                    reason = f"not a grouping of {self.framework.code}; these are {', '.join(groupings)}"
                    problems.append(Problem("roster.csv", 1, name, reason))
        for line, row in rows.items():
            for name, group in row.groups.items():
                allowed = groupings[name].groups if name in groupings else None
                if group and allowed is not None and group not in allowed:
                    reason = f"{group!r} is not a group of it; these are {', '.join(allowed)}, or leave it blank"
                    problems.append(Problem("roster.csv", line, name, reason))
        if problems:
            raise InputError(f"The roster of cycle {self.name!r} can't be used", problems)
        return found

    @property
    def submissions(self) -> Path:
        """The folder of files as received."""
        return self.folder / "submissions"

    def is_open(self, on: dt.date) -> bool:
        """Whether Members may still send on that day."""
        return self.file.opens <= on <= self.file.closes


def cycle_names(home: Home) -> list[str]:
    """The cycles of a home, by name: every folder of `raw/cycles/` with a `cycle.toml`."""
    return sorted(p.parent.name for p in home.cycles.glob("*/cycle.toml"))


def get_cycle(home: Home, cycle: str) -> Cycle:
    """One cycle of a home.

    Raises:
        InputError: there is no such cycle; it names those there are.
    """
    names = cycle_names(home)
    if cycle not in names:
        known = f"there are {', '.join(names)}" if names else "there is none yet: `pmm new-cycle` or `pmm sample` makes one"
        raise InputError(f"No cycle {cycle!r}", [Problem(home.shown(home.cycles), None, None, f"no folder {cycle}/; {known}")])
    return Cycle(cycle, home.cycles / cycle, home)
