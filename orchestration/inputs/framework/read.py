"""Reads a framework's folder and refuses one that contradicts itself, with file, row and reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from orchestration.inputs.framework.model import (
    DEFAULT_POLICY,
    NOT_ABOVE,
    POLICIES,
    Dimension,
    Framework,
    FrameworkFile,
    Instrument,
    InstrumentOutcome,
    Kpi,
    Outcome,
    OutcomeSdg,
    Sdg,
    Text,
)
from orchestration.inputs.records import InputError, Problem, Record, read_csv, read_toml, unique

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

RecordT = TypeVar("RecordT", bound=Record)

NOT_GROUPINGS = frozenset({"global", "cycle", "member", "name", "grouping", "group_name"})
"""Names that the warehouse's own columns and grouping have taken."""


def read_framework(folder: Path) -> Framework:
    """Read and verify one framework.

    Args:
        folder: as `raw/frameworks/pmm-v1`, with the files that docs/design.md section 2 lists.

    Raises:
        InputError: files are missing or contradict each other; it names every problem.
    """
    problems: list[Problem] = []
    if not folder.is_dir():
        here = sorted(p.name for p in folder.parent.glob("*/")) if folder.parent.is_dir() else []
        known = f"there are {', '.join(here)}" if here else "there is none"
        raise InputError(f"No framework {folder.name!r}", [Problem(folder.name, None, None, f"no such folder; {known}")])
    head = read_toml(folder / "framework.toml", FrameworkFile, problems)

    def table(name: str, record: type[RecordT], *key: str) -> tuple[dict[int, RecordT], dict[Any, RecordT]]:
        rows = read_csv(folder / name, record, problems)
        return rows, unique(name, rows, key, problems)

    _, dimensions = table("dimensions.csv", Dimension, "dimension")
    outcome_rows, outcomes = table("outcomes.csv", Outcome, "outcome")
    kpi_rows, kpis = table("kpis.csv", Kpi, "kpi")
    instrument_rows, instruments = table("instruments.csv", Instrument, "instrument")
    link_rows, links = table("instrument_outcomes.csv", InstrumentOutcome, "instrument", "outcome")
    _, sdgs = table("sdgs.csv", Sdg, "sdg")
    goal_rows, goals = table("outcome_sdgs.csv", OutcomeSdg, "outcome", "sdg")

    def refer(file: str, rows: dict[int, Any], column: str, known: dict[Any, Any], home: str) -> None:
        for line, row in rows.items():
            code = getattr(row, column)
            if code not in known:
                problems.append(Problem(file, line, column, f"{code!r} is not in {home}"))

    refer("outcomes.csv", outcome_rows, "dimension", dimensions, "dimensions.csv")
    refer("kpis.csv", kpi_rows, "outcome", outcomes, "outcomes.csv")
    refer("instruments.csv", instrument_rows, "dimension", dimensions, "dimensions.csv")
    refer("instrument_outcomes.csv", link_rows, "instrument", instruments, "instruments.csv")
    refer("instrument_outcomes.csv", link_rows, "outcome", outcomes, "outcomes.csv")
    refer("outcome_sdgs.csv", goal_rows, "outcome", outcomes, "outcomes.csv")
    refer("outcome_sdgs.csv", goal_rows, "sdg", sdgs, "sdgs.csv")
    known_codes: dict[str, Collection[str]] = {
        "dimension": dimensions,
        "outcome": outcomes,
        "kpi": kpis,
        "numerator": kpis,
        "denominator": kpis,
        "instrument": instruments,
        "sdg": [str(sdg) for sdg in sdgs],
        "framework": ["name"],
        "policy": POLICIES,
        "grouping": [] if head is None else [grouping.grouping for grouping in head.groupings],
    }
    texts: dict[str, tuple[Text, ...]] = {}
    for path in sorted(folder.glob("texts.*.csv")):
        text_rows, own = table(path.name, Text, "kind", "code")
        language = path.suffixes[0].removeprefix(".")
        if not re.fullmatch("[a-z]{2}", language):
            problems.append(Problem(path.name, None, None, f"{language!r} is no language of two letters (ISO 639-1)"))
        for line, row in text_rows.items():
            # rosters may have groups that the framework does not name
            if row.kind in known_codes and row.code not in known_codes[row.kind]:
                problems.append(Problem(path.name, line, "code", f"the framework has no {row.kind} {row.code!r}"))
        texts[language] = tuple(own.values())
    for line, kpi in kpi_rows.items():
        problems.extend(Problem("kpis.csv", line, column, reason) for column, reason in _contradictions(kpi, head))
    if head is not None:
        problems.extend(_head_problems(head, folder))
    if problems or head is None:
        raise InputError(f"Framework {folder.name!r} can't be used", problems)
    return Framework(
        code=head.framework,
        name=head.name,
        source=head.source,
        groupings={g.grouping: g for g in head.groupings},
        units=head.units,
        policy=head.policy | {name: default for name, default in DEFAULT_POLICY.items() if name not in head.policy},
        dimensions=dimensions,
        outcomes=outcomes,
        kpis=kpis,
        instruments=instruments,
        instrument_outcomes=tuple(links.values()),
        sdgs=sdgs,
        outcome_sdgs=tuple(goals.values()),
        texts=texts,
    )


def _contradictions(kpi: Kpi, head: FrameworkFile | None) -> list[tuple[str, str]]:
    found = []
    if kpi.formula == "value" and kpi.denominator:
        found.append(("denominator", f"{kpi.kpi} is a value, which has no denominator; clear it, or make it a ratio"))
    if kpi.formula != "value" and not kpi.denominator:
        found.append(("denominator", f"{kpi.kpi} is a {kpi.formula}, which needs a denominator"))
    if head is not None and kpi.unit not in head.units:
        found.append(("unit", f"{kpi.unit!r} is not among the units of framework.toml ({', '.join(head.units)})"))
    if kpi.formula == "variation" and kpi.unit != "percent":
        found.append(("unit", f"{kpi.kpi} is a variation, whose unit is percent"))
    if kpi.minimum is not None and kpi.maximum is not None and kpi.minimum >= kpi.maximum:
        found.append(("minimum", f"the minimum {kpi.minimum:g} is not below the maximum {kpi.maximum:g}"))
    return found


def _head_problems(head: FrameworkFile, folder: Path) -> list[Problem]:
    file = "framework.toml"
    found = []
    if head.framework != folder.name:
        found.append(Problem(file, None, "framework", f"{head.framework!r} must be the folder's name, {folder.name!r}"))
    seen: set[str] = set()
    for grouping in head.groupings:
        if grouping.grouping in NOT_GROUPINGS:
            found.append(Problem(file, None, "groupings", f"{grouping.grouping!r} is a name the warehouse has taken"))
        if grouping.grouping in seen:
            found.append(Problem(file, None, "groupings", f"{grouping.grouping!r} is declared twice"))
        seen.add(grouping.grouping)
    return [*found, *_policy_problems(head)]


def _policy_problems(head: FrameworkFile) -> list[Problem]:
    def problem(name: str, reason: str) -> Problem:
        return Problem("framework.toml", None, f"policy.{name}", reason)

    found = [problem(name, "this threshold is missing") for name in POLICIES if name not in {**DEFAULT_POLICY, **head.policy}]
    for name, policy in head.policy.items():
        if name not in POLICIES:
            found.append(problem(name, f"no such threshold; these are {', '.join(POLICIES)}"))
            continue
        low, high = POLICIES[name]
        if not low <= policy.value <= high:
            found.append(problem(name, f"{policy.value:g} is out of its range, {low:g} to {high:g}"))
    for lower, upper in NOT_ABOVE:
        if lower in head.policy and upper in head.policy and head.policy[lower].value > head.policy[upper].value:
            values = f"{head.policy[lower].value:g} is above the {head.policy[upper].value:g} of {upper}"
            found.append(problem(lower, values))
    return found
