"""The suites as files, their tables from DuckDB, and their parameters from the cycle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from orchestration.inputs.home import EXPECTATIONS

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from orchestration.inputs.cycles import Cycle

Phase = Literal["raw", "marts", "across_cycles"]


@dataclass(frozen=True)
class Suite:
    """One suite: `<name>.json` and `<name>.sql` in `expectations/<phase>/`.

    Attributes:
        question: what it answers, for people.
        asset: the key of the Dagster asset whose check it is, with `/`.
        expectations: type, severity, description and kwargs of each.
        sql: the query of its table.
    """

    name: str
    phase: Phase
    question: str
    asset: str
    expectations: tuple[dict[str, Any], ...]
    sql: str


@dataclass(frozen=True)
class Outcome:
    """The result of one expectation.

    Attributes:
        description: what was expected, for people.
        severity: `critical` or `warning`.
        is_met: whether it was.
        detail: what was found instead; blank where it was met.
    """

    description: str
    severity: str
    is_met: bool
    detail: str


@dataclass(frozen=True)
class SuiteResult:
    """The results of one suite."""

    suite: Suite
    outcomes: tuple[Outcome, ...]

    @property
    def unmet(self) -> list[Outcome]:
        """Expectations that were not met."""
        return [o for o in self.outcomes if not o.is_met]

    @property
    def blocks(self) -> bool:
        """Whether a critical expectation was not met."""
        return any(o.severity == "critical" for o in self.unmet)


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
            )
        )
    return suites


def suite_tables(connection: duckdb.DuckDBPyConnection, cycle: str, suites: list[Suite]) -> dict[str, pd.DataFrame]:
    """Run the suites' queries for one cycle.

    Args:
        connection: of the file that is checked; read-only will do, since only temporary views are made.
        cycle: whose rows are looked at.
        suites: of which the tables are wanted.

    Returns:
        by suite its compact table, as the suite's SQL describes it.
    """
    connection.execute("set variable cycle = ?", [cycle])
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
