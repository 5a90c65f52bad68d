"""The suites as files, their tables from DuckDB, and their parameters from the cycle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from orchestration.inputs.home import EXPECTATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import pandas as pd

    from orchestration.inputs.cycles import Cycle

Phase = Literal["raw", "marts", "across_cycles"]
Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class Suite:
    """One suite: `<name>.json` and `<name>.sql` in `expectations/<phase>/`.

    Attributes:
        question: what it answers, for people.
        asset: the key of the Dagster asset whose check it is, with `/`.
        expectations: type, severity, description and kwargs of each.
        sql: the query of its table.
        to_do: what people do where a critical expectation is not met; `{cycle}` in it is the cycle.
    """

    name: str
    phase: Phase
    question: str
    asset: str
    expectations: tuple[dict[str, Any], ...]
    sql: str
    to_do: str = ""

    @property
    def checks(self) -> dict[str, Severity]:
        """By name the checks that the suite makes: one that blocks, and one that warns, each where it expects something."""
        there = {e["severity"] for e in self.expectations}
        names: dict[Severity, str] = {"critical": self.name, "warning": f"{self.name}_warnings"}
        return {name: severity for severity, name in names.items() if severity in there}


@dataclass(frozen=True)
class Outcome:
    """The result of one expectation.

    Attributes:
        description: what was expected, for people.
        is_met: whether it was.
        detail: what was found instead; blank where it was met.
        n_rows: rows of the suite's table of which it is not so.
        rows: the first of them: the name of each, and the figures that were looked at.
    """

    description: str
    severity: Severity
    is_met: bool
    detail: str
    n_rows: int = 0
    rows: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class SuiteResult:
    """The results of one suite."""

    suite: Suite
    outcomes: tuple[Outcome, ...]

    def of(self, severity: Severity) -> list[Outcome]:
        """The outcomes of one severity."""
        return [o for o in self.outcomes if o.severity == severity]


def read_suites(phase: Phase) -> list[Suite]:
    """The suites of a phase, by name."""
    suites = []
    for path in sorted((EXPECTATIONS / phase).glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        suites.append(
            Suite(
                name=content["name"],
                phase=phase,
                question=content["meta"]["question"],
                asset=content["meta"]["asset"],
                expectations=tuple(content["expectations"]),
                sql=path.with_suffix(".sql").read_text(encoding="utf-8"),
                to_do=content["meta"].get("to_do", ""),
            )
        )
    return suites


def suite_tables(
    connection: duckdb.DuckDBPyConnection, cycle: Cycle, suites: list[Suite], variables: Mapping[str, int | bool | None]
) -> dict[str, pd.DataFrame]:
    """Run the suites' queries for one cycle.

    Args:
        connection: of the file that is checked; read-only will do, since only temporary views are made.
        cycle: whose rows are looked at.
        suites: of which the tables are wanted.
        variables: what the queries read with `getvariable` besides the cycle and its thresholds (`loss.variables`).

    Returns:
        by suite its compact table, as the suite's SQL describes it.
    """
    given = {"cycle": cycle.name, **cycle.file.completeness.model_dump(), **variables}
    for name, value in given.items():
        connection.execute(f"set variable {name} = ?", [value])
    if any(suite.phase != "across_cycles" for suite in suites):
        # a file that joins all cycles has no raw tables
        connection.execute((EXPECTATIONS / "raw" / "_sufficient.sql").read_text(encoding="utf-8"))
    return {suite.name: connection.execute(suite.sql).df() for suite in suites}


def parameters(cycle: Cycle) -> dict[str, float]:
    """What suites may name as `$PARAMETER`: the cycle's thresholds and the counts of its framework."""
    framework = cycle.framework
    return {
        **cycle.file.completeness.model_dump(),
        **cycle.file.sufficiency.model_dump(),
        "n_kpis": len(framework.kpis),
        "n_instruments": len(framework.instruments),
        "n_kpis_by_grouping": len(framework.kpis) * (len(framework.groupings) + 1),
    }
