"""What a sample cycle is to look like: `raw/samples/<cycle>/`, as data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from orchestration.inputs.cycles import Completeness, Sufficiency
from orchestration.inputs.framework import Framework, read_framework
from orchestration.inputs.records import InputError, Problem, Record, read_csv, read_toml, unique

if TYPE_CHECKING:
    from orchestration.inputs.home import Home


class SampleFile(Record):
    """`sample.toml`; the counts are of Members."""

    framework: str
    reporting_year: int
    opens: dt.date
    closes: dt.date
    first_day: dt.date
    last_day: dt.date
    seed: str
    members_seed: str
    n_sufficient: int = Field(gt=0)
    n_partial: int = Field(ge=0)
    n_unusable: int = Field(ge=0)
    n_silent: int = Field(ge=0)
    n_second_revision: int = Field(ge=0)
    n_workbooks: int = Field(ge=0)
    n_json: int = Field(ge=0)
    sufficiency: Sufficiency
    completeness: Completeness

    @property
    def n_nominated(self) -> int:
        """Members on the roster."""
        return self.n_sufficient + self.n_partial + self.n_unusable + self.n_silent


class KpiTarget(Record):
    """The curve that the sufficient Members' values of a KPI follow, in the KPI's unit.

    Values lie between `low` and `high`; the nearer the mean is to one of them, the more the values crowd there and the
    more skewed they are.
    """

    kpi: str
    low: float
    mean: float
    high: float
    n_reported: int = Field(ge=0)
    n_not_applicable: int = Field(ge=0)


class InstrumentTarget(Record):
    """How many of the sufficient Members are aware of an instrument, use it, and plan to."""

    instrument: str
    n_aware: int = Field(ge=0)
    n_in_use: int = Field(ge=0)
    n_plans_to_use: int = Field(ge=0)


@dataclass(frozen=True)
class Targets:
    """All of a sample cycle's targets."""

    cycle: str
    file: SampleFile
    framework: Framework
    kpis: dict[str, KpiTarget]
    instruments: dict[str, InstrumentTarget]


def sample_names(home: Home) -> list[str]:
    """The sample cycles that can be made."""
    return sorted(p.parent.name for p in (home.raw / "samples").glob("*/sample.toml"))


def read_targets(home: Home, cycle: str) -> Targets:
    """Read the targets of one sample cycle.

    Raises:
        InputError: there are none, or they contradict themselves or the framework.
    """
    what = f"Sample {cycle!r} can't be made"
    if cycle not in sample_names(home):
        known = ", ".join(sample_names(home)) or "none"
        raise InputError(what, [Problem("raw/samples", None, None, f"no folder {cycle}/; there are {known}")])
    folder = home.raw / "samples" / cycle
    problems: list[Problem] = []
    file = read_toml(folder / "sample.toml", SampleFile, problems)
    kpis: dict[Any, KpiTarget] = unique("kpis.csv", read_csv(folder / "kpis.csv", KpiTarget, problems), ("kpi",), problems)
    rows = read_csv(folder / "instruments.csv", InstrumentTarget, problems)
    instruments: dict[Any, InstrumentTarget] = unique("instruments.csv", rows, ("instrument",), problems)
    if file is None or problems:
        raise InputError(what, problems)
    framework = read_framework(home.frameworks / file.framework)
    n = file.n_sufficient
    for code in set(framework.kpis) ^ set(kpis):
        problems.append(Problem("kpis.csv", None, code, f"framework and targets don't both have {code}"))
    for code in set(framework.instruments) ^ set(instruments):
        problems.append(Problem("instruments.csv", None, code, f"framework and targets don't both have {code}"))
    for kpi in kpis.values():
        if not kpi.low < kpi.mean < kpi.high:
            problems.append(Problem("kpis.csv", None, kpi.kpi, "not low < mean < high"))
        if kpi.n_reported + kpi.n_not_applicable > n:
            problems.append(Problem("kpis.csv", None, kpi.kpi, f"more answers than the {n} sufficient Members"))
    for use in instruments.values():
        if use.n_in_use + use.n_plans_to_use > n or not use.n_in_use <= use.n_aware <= n:
            problems.append(Problem("instruments.csv", None, use.instrument, "more users than aware, or than Members"))
    if problems:
        raise InputError(what, problems)
    return Targets(cycle, file, framework, kpis, instruments)
