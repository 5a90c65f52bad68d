"""An audience's published file, read for the pages: each table's rows by cycle, and nothing that is not in the file."""

from __future__ import annotations

import math
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestration.inputs.cycles import NOT_CLASSIFIED
from orchestration.publication.join import columns_of
from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import duckdb

Row = dict[str, Any]
"""A row of a table, by column."""
ALL = ("global", "All Members")
"""Grouping and group of all Members."""
TRENDS = "aggregate.kpi_trends"
MANY = 400
"""Up to how many single values a distribution is drawn of, of more their quantiles; and how many Members are named in a row."""


@dataclass(frozen=True)
class Grouping:
    """A way to divide Members, and its groups."""

    grouping: str
    name: str
    groups: tuple[str, ...]


class Users(NamedTuple):
    """Who answered a question alike: how many, and at most the first `MANY` of them."""

    n: int
    members: list[str]


@dataclass
class Cycle:
    """What a file shows of one cycle: each table's rows, and what is found in them by key.

    Attributes:
        name: of the cycle.
        tables: rows by table, as `schema.table`.
        values: by KPI, where single values are shown, Members and values, the least value first; cut to `MANY` quantiles of them,
            without Members, where there are more.
        users: by instrument and usage who answered so, where the audience may know.
        years: reporting years, by cycle, of all in the file.
        also: KPIs that are named although no result of them is shown.
    """

    name: str
    tables: dict[str, list[Row]]
    values: dict[str, list[tuple[str | None, float]]]
    users: dict[str, dict[str, Users]]
    years: dict[str, int]
    also: frozenset[str] = frozenset()

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
        """By code, in their order: those of which the audience is shown results, and those that are named besides."""
        named = self.also.union(self.results)
        return _by((row for row in self.rows("reference.kpis") if row["kpi"] in named), "kpi")

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
        """All but that of all Members, they and their groups in the framework's order; what is not classified stands last."""
        names: dict[tuple[int, str], str] = {}
        groups: dict[str, set[tuple[bool, float, str]]] = defaultdict(set)
        for row in self.rows("reference.member_groups"):
            if row["grouping"] == ALL[0]:
                continue
            # publications of earlier code do not say the framework's order
            names[row.get("grouping_position") or 0, row["grouping"]] = row["grouping_label"]
            name, position = row["group_name"], row.get("group_position")
            groups[row["grouping"]].add((name == NOT_CLASSIFIED, math.inf if position is None else position, name))
        return [
            Grouping(grouping, name, tuple(group for *_, group in sorted(groups[grouping])))
            for (_, grouping), name in sorted(names.items())
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
class Told:
    """What a file has of a cycle, before it is read.

    Attributes:
        name: of the cycle.
        year: the reporting year.
        is_synthetic: whether its Members and figures are invented.
        digest: where two files' are equal, they show the same of it.
    """

    name: str
    year: int
    is_synthetic: bool
    digest: str


LEFT_OUT = ("lineage",)
"""Schemas of which nothing stands on a page."""
BY_QUERY = ("kpi.member_kpi_values", "instrument.member_instrument_answers")
"""Tables with a row a Member and question, of which no more is read than a page shows."""


class Source:
    """An audience's file, open: which cycles it has, and what it shows of each.

    Args:
        connection: with the file attached as `shown`.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._tables = {
            table: columns
            for table, columns in columns_of(connection, "shown").items()
            if table.split(".")[0] not in LEFT_OUT and "cycle" in columns
        }

    def cycles(self) -> list[Told]:
        """All cycles of the file, that of the latest reporting year first."""
        # sums of hashes are the same in any order of rows
        each = " union all ".join(
            f"select cycle, hash('{table}', sum(hash(of_table))) as digest from shown.{table} as of_table group by all"
            for table in self._tables
        )
        rows = self._connection.execute(
            "select cycle, reporting_year, data_origin = 'synthetic', sum(digest)::varchar "
            f"from ({each}) inner join shown.reference.cycles using (cycle) group by all order by reporting_year desc, cycle desc"
        ).fetchall()
        return [Told(*row) for row in rows]

    def read(self, name: str) -> Cycle:
        """What the file shows of a cycle."""
        tables: dict[str, list[Row]] = {}
        for table, columns in self._tables.items():
            if table in BY_QUERY:
                continue
            order = "position" if "position" in columns else "all"
            rows = self._connection.execute(
                f"select * from shown.{table} where cycle = $cycle order by {order}", {"cycle": name}
            ).fetchall()
            tables[table] = [dict(zip(columns, values, strict=True)) for values in rows]
        years = dict(self._connection.execute("select cycle, reporting_year from shown.reference.cycles").fetchall())
        # the nearest first
        tables[TRENDS] = sorted(tables.get(TRENDS, []), key=lambda row: years.get(row["previous_cycle"], 0), reverse=True)
        return Cycle(name, tables, self._values(name), self._users(name), years)

    def _values(self, cycle: str) -> dict[str, list[tuple[str | None, float]]]:
        rows = self._connection.execute(
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

    def _users(self, cycle: str) -> dict[str, dict[str, Users]]:
        rows = self._connection.execute(
            "select instrument, usage, count(*), list(member order by member)[:$many] "
            "from shown.instrument.member_instrument_answers where cycle = $cycle and usage is not null group by all",
            {"cycle": cycle, "many": MANY},
        ).fetchall()
        found: dict[str, dict[str, Users]] = defaultdict(dict)
        for instrument, usage, n, members in rows:
            found[instrument][usage] = Users(n, members)
        return found


@contextmanager
def opened(file: Path) -> Iterator[Source]:
    """An audience's file, to be read.

    Args:
        file: `public.duckdb`, say; it need not be current.
    """
    with attached(shown=file) as connection:
        yield Source(connection)


def _by(rows: Iterable[Row], key: str) -> dict[str, Row]:
    return {row[key]: row for row in rows}
