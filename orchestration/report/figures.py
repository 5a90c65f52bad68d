"""An audience's published file, read for the pages: each table's rows by cycle, and nothing that is not in the file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Row = dict[str, Any]
"""A row of a table, by column."""
ALL = ("global", "All Members")
"""Grouping and group of all Members."""
TRENDS = "aggregate.kpi_trends"
MANY = 400
"""Up to how many single values a distribution is drawn of; of more their quantiles."""


@dataclass(frozen=True)
class Grouping:
    """A way to divide Members, and its groups."""

    grouping: str
    name: str
    groups: tuple[str, ...]


@dataclass
class Cycle:
    """What a file shows of one cycle: each table's rows, and what is found in them by key.

    Attributes:
        name: of the cycle.
        tables: rows by table, as `schema.table`.
        values: by KPI, where single values are shown, Members and values, the least value first; cut to `MANY` quantiles of them,
            without Members, where there are more.
    """

    name: str
    tables: dict[str, list[Row]]
    values: dict[str, list[tuple[str | None, float]]] = field(default_factory=dict)

    def rows(self, table: str) -> list[Row]:
        """A table's rows; none where the file has no such table."""
        return self.tables.get(table, [])

    @cached_property
    def about(self) -> Row:
        """The cycle itself."""
        return self.rows("reference.cycles")[0] | self.rows("reference.publication")[0]

    @property
    def year(self) -> int:
        """The reporting year."""
        return int(self.about["reporting_year"])

    @property
    def is_synthetic(self) -> bool:
        """Whether its Members and figures are invented."""
        return bool(self.about["data_origin"] == "synthetic")

    @cached_property
    def policy(self) -> dict[str, float]:
        """The thresholds."""
        return {row["policy"]: row["value"] for row in self.rows("reference.policy")}

    @cached_property
    def dimensions(self) -> dict[str, Row]:
        """By code, in their order."""
        return _by(self.rows("reference.dimensions"), "dimension")

    @cached_property
    def outcomes(self) -> dict[str, Row]:
        """By code, in their order."""
        return _by(self.rows("reference.outcomes"), "outcome")

    @cached_property
    def kpis(self) -> dict[str, Row]:
        """By code, in their order: those of which the audience is shown results."""
        return _by((row for row in self.rows("reference.kpis") if row["kpi"] in self.results), "kpi")

    @cached_property
    def instruments(self) -> dict[str, Row]:
        """By code, in their order."""
        return _by(self.rows("reference.instruments"), "instrument")

    @cached_property
    def member_names(self) -> dict[str, str]:
        """By code."""
        return {row["member"]: row["member_name"] for row in self.rows("reference.members")}

    @cached_property
    def groupings(self) -> list[Grouping]:
        """All but that of all Members; a group that is not classified stands last."""
        names: dict[str, str] = {}
        groups: dict[str, set[str]] = defaultdict(set)
        for row in self.rows("reference.member_groups"):
            names[row["grouping"]] = row["grouping_label"]
            groups[row["grouping"]].add(row["group_name"])
        return [
            Grouping(grouping, name, tuple(sorted(groups[grouping], key=lambda group: (group == "Not classified", group))))
            for grouping, name in names.items()
            if grouping != ALL[0]
        ]

    @cached_property
    def n_nominated(self) -> dict[tuple[str, str], int]:
        """By group the Members on the roster."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for row in self.rows("reference.member_groups"):
            found[row["grouping"], row["group_name"]] += 1
        return found

    @cached_property
    def n_sufficient(self) -> dict[tuple[str, str], int]:
        """By group the Members whose submissions suffice: those of which any figure is made."""
        return {(row["grouping"], row["group_name"]): row["n_members"] for row in self.rows("instrument.instrument_use")}

    @cached_property
    def results(self) -> dict[str, dict[tuple[str, str], Row]]:
        """By KPI and group its figures, with what they say of its performance."""
        found: dict[str, dict[tuple[str, str], Row]] = defaultdict(dict)
        for table in ("kpi.kpi_performance", "aggregate.kpi_by_group"):
            for row in self.rows(table):
                group = (row["grouping"], row["group_name"])
                found[row["kpi"]][group] = found[row["kpi"]].get(group, {}) | row
        return found

    @cached_property
    def trends(self) -> dict[str, dict[tuple[str, str], list[Row]]]:
        """By KPI and group the comparisons with earlier cycles, the nearest first."""
        found: dict[str, dict[tuple[str, str], list[Row]]] = defaultdict(lambda: defaultdict(list))
        for row in self.rows(TRENDS):
            found[row["kpi"]][row["grouping"], row["group_name"]].append(row)
        return found

    @cached_property
    def use(self) -> dict[str, dict[tuple[str, str], Row]]:
        """By instrument and group its awareness and use."""
        found: dict[str, dict[tuple[str, str], Row]] = defaultdict(dict)
        for row in self.rows("instrument.instrument_use"):
            found[row["instrument"]][row["grouping"], row["group_name"]] = row
        return found

    @cached_property
    def users(self) -> dict[str, dict[str, list[str]]]:
        """By instrument and usage the Members that answered so, where the audience may know."""
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in self.rows("instrument.member_instrument_answers"):
            if row["usage"] is not None:
                found[row["instrument"]][row["usage"]].append(row["member"])
        return found

    @cached_property
    def findings(self) -> dict[tuple[str, str], Row]:
        """By instrument and KPI what is found of them."""
        return {(row["instrument"], row["kpi"]): row for row in self.rows("correlation.instrument_findings")}

    @cached_property
    def correlations(self) -> dict[tuple[str, str, str], Row]:
        """By instrument, KPI and measure."""
        return {(row["instrument"], row["kpi"], row["measure"]): row for row in self.rows("correlation.instrument_kpi")}

    @cached_property
    def needs(self) -> dict[tuple[str, str], list[Row]]:
        """By group the needs for capacity building."""
        found: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.rows("capacity.capacity_needs"):
            found[row["grouping"], row["group_name"]].append(row)
        return found


@dataclass(frozen=True)
class Figures:
    """What an audience's file shows.

    Attributes:
        cycles: by name, that of the latest reporting year first.
    """

    cycles: dict[str, Cycle]


def read_figures(file: Path) -> Figures:
    """Read an audience's file.

    Args:
        file: `public.duckdb`, say; it need not be current.
    """
    with attached(shown=file) as connection:
        there = connection.execute(
            "select schema_name, table_name, list(column_name order by column_index) from duckdb_columns() "
            "where database_name = 'shown' and not internal group by all order by all"
        ).fetchall()
        by_cycle: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for schema, name, columns in there:
            table = f"{schema}.{name}"
            if table.startswith(LEFT_OUT) or "cycle" not in columns:
                continue
            order = "cycle, position" if "position" in columns else "all"
            rows = connection.execute(f'select * from shown."{schema}"."{name}" order by {order}').fetchall()
            for values in rows:
                row = dict(zip(columns, values, strict=True))
                by_cycle[row["cycle"]][table].append(row)
        cycles = {name: Cycle(name, tables, _values(connection, name)) for name, tables in by_cycle.items()}
    for cycle in cycles.values():
        nearest_first = sorted(
            cycle.rows(TRENDS),
            key=lambda row: cycles[row["previous_cycle"]].year if row["previous_cycle"] in cycles else 0,
            reverse=True,
        )
        cycle.tables[TRENDS] = nearest_first
    latest_first = sorted(cycles.values(), key=lambda cycle: (cycle.year, cycle.name), reverse=True)
    return Figures({cycle.name: cycle for cycle in latest_first})


LEFT_OUT = ("lineage.", "kpi.member_kpi_values")
"""Tables that are not read row by row."""


def _values(connection: duckdb.DuckDBPyConnection, cycle: str) -> dict[str, list[tuple[str | None, float]]]:
    rows = connection.execute(
        "with numbered as (select kpi, member, value, row_number() over (partition by kpi order by value, member) as place, "
        "count(*) over (partition by kpi) as n from shown.kpi.member_kpi_values where cycle = $cycle and value is not null) "
        "select kpi, if(n <= $many, member, null), value from numbered "
        "where n <= $many or (place * $many) // n != ((place - 1) * $many) // n order by kpi, place",
        {"cycle": cycle, "many": MANY},
    ).fetchall()
    found: dict[str, list[tuple[str | None, float]]] = defaultdict(list)
    for kpi, member, value in rows:
        found[kpi].append((member, value))
    return found


def _by(rows: Iterable[Row], key: str) -> dict[str, Row]:
    return {row[key]: row for row in rows}
