from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from orchestration.publication.join import COMPARED, PAIRS, Sources, Unwritten, join_across, join_compared, join_rows
from orchestration.publication.narrowed import attached_narrowed
from orchestration.warehouse.marts import Column, Mart
from tests.lab import rows

CYCLE = Column("cycle", "varchar", "Cycle", shown="key", is_key=True)
PREVIOUS = Column("previous_cycle", "varchar", "Earlier cycle", shown="key", is_key=True)
VALUE = Column("value", "bigint", "It's a figure", is_key=True)
TABLE = Mart("kpi", "t", "A table", {"cycle": CYCLE, "value": VALUE}, is_compared=True)
OTHER = Mart("kpi", "u", "Another", {"cycle": CYCLE, "value": VALUE})
TRENDS = Mart("kpi", "trends", "Trends", {"cycle": CYCLE, "previous_cycle": PREVIOUS, "value": VALUE}, is_across_cycles=True)
MARTS = {mart.full_name: mart for mart in (TABLE, OTHER, TRENDS)}


def build(path: Path, cells: dict[str, list[int]], column: str = "value") -> Path:
    """A file with two marts of cycles, and a raw table."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema kpi; create schema raw; create table raw.secret (cycle varchar)")
        for table in ("t", "u"):
            connection.execute(f"create table kpi.{table} (cycle varchar, {column} bigint)")
            for cycle, values in cells.items():
                for value in values:
                    connection.execute(f"insert into kpi.{table} values (?, ?)", [cycle, value])
    return path


def compare(path: Path, n_previous: int) -> None:
    """What dbt does in the joined file: the trend between two cycles is how much their sums differ."""
    schema = COMPARED.split(".")[0]
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"create schema {schema}; create table {COMPARED} as from {PAIRS} where cycle > previous_cycle "
            f"qualify row_number() over (partition by cycle order by previous_cycle desc) <= {n_previous}"
        )
        connection.execute(
            "create table kpi.trends as with sums as (select cycle, sum(value) as value from kpi.t group by cycle) "
            f"select cycle, previous_cycle, (a.value - b.value)::bigint as value from {COMPARED} "
            "join sums as a using (cycle) join sums as b on previous_cycle = b.cycle where not is_published"
        )


def publish(source: Path, target: Path, cycle: str, cycles: Collection[str], n_previous: int = 9) -> dict[str, int]:
    """Join beside the last file, and put the new one in its place."""
    joined, new = target.with_suffix(".joined"), target.with_suffix(".new")
    joined.unlink(missing_ok=True)
    published = target if target.exists() else None
    sources = Sources(cycle, source, published, tuple(c for c in cycles if c != cycle))
    counts = join_compared(sources, joined, MARTS)
    compare(joined, n_previous)
    join_rows(sources, new, MARTS)
    join_across(sources, joined, new, MARTS)
    # what is decided is decided of this before it is written
    with attached_narrowed(None, internal=Unwritten(sources, joined, MARTS)) as connection:
        for table in MARTS:
            of_file = rows(new, f"from {table}")
            assert sorted(connection.execute(f"from internal.{table}").fetchall(), key=repr) == sorted(of_file, key=repr)
    new.replace(target)
    return counts


def test_a_publication_takes_one_cycle_and_keeps_the_others(tmp_path: Path) -> None:
    target = tmp_path / "internal.duckdb"
    # only what is compared between cycles is read before they are compared
    assert publish(build(tmp_path / "b.duckdb", {"b": [3, 1, 2]}), target, "b", "abc") == {"kpi.t": 3}
    for cycle in ("c", "a"):
        assert publish(build(tmp_path / f"{cycle}.duckdb", {cycle: [9, 8]}), target, cycle, "abc") == {"kpi.t": 2}
    # in the order of the columns, whichever was refreshed last
    ordered = [("a", 8), ("a", 9), ("b", 1), ("b", 2), ("b", 3), ("c", 8), ("c", 9)]
    assert rows(target, "from kpi.t") == rows(target, "from kpi.u") == ordered
    # what a build holds of another cycle is not looked at
    publish(build(tmp_path / "b.duckdb", {"b": [5], "a": [77]}), target, "b", "abc")
    assert rows(target, "from kpi.u") == [("a", 8), ("a", 9), ("b", 5), ("c", 8), ("c", 9)]
    publish(build(tmp_path / "b.duckdb", {"b": [5]}), target, "b", "bc")
    assert rows(target, "from kpi.u") == [("b", 5), ("c", 8), ("c", 9)]
    assert rows(target, "select comment from duckdb_columns() where table_name = 't' and column_name = 'value'") == [
        ("It's a figure",)
    ]
    # raw tables never leave the build, nor the tables that publication itself needs
    assert rows(target, "select table_name from duckdb_tables() order by 1") == [("t",), ("trends",), ("u",)]


def test_pairs_are_compared_anew_where_one_was_refreshed_and_taken_where_they_were_published(tmp_path: Path) -> None:
    target = tmp_path / "internal.duckdb"
    for cycle in "abc":
        publish(build(tmp_path / "x.duckdb", {cycle: [ord(cycle)]}), target, cycle, "abc")
    assert rows(target, "from kpi.trends") == [("b", "a", 1), ("c", "a", 2), ("c", "b", 1)]
    # rows of the pair that b is not in are taken as they are, whatever they hold
    with duckdb.connect(str(target)) as connection:
        connection.execute("update kpi.trends set value = 1000")
    publish(build(tmp_path / "x.duckdb", {"b": [0]}), target, "b", "abc")
    assert rows(target, "from kpi.trends") == [("b", "a", -97), ("c", "a", 1000), ("c", "b", 99)]
    # a cycle that comes between two takes the place of the one that is too far away by then
    publish(build(tmp_path / "x.duckdb", {"bb": [7]}), target, "bb", ["a", "b", "bb", "c"], n_previous=1)
    assert rows(target, "from kpi.trends") == [("b", "a", -97), ("bb", "b", 7), ("c", "bb", 92)]
    # and one that goes leaves it to the next, of which neither was refreshed
    publish(build(tmp_path / "x.duckdb", {"a": [90]}), target, "a", ["a", "b", "c"], n_previous=1)
    assert rows(target, "from kpi.trends") == [("b", "a", -90), ("c", "b", 99)]


def test_what_an_earlier_version_published_stays_though_it_lacks_a_column(tmp_path: Path) -> None:
    target = tmp_path / "internal.duckdb"
    build(target, {"a": [1], "b": [9]}, column="other")
    publish(build(tmp_path / "a.duckdb", {"a": [2]}), target, "a", "ab")
    assert rows(target, "from kpi.t") == [("a", 2), ("b", None)]


def test_a_table_that_no_file_has_is_there_and_empty(tmp_path: Path) -> None:
    target = tmp_path / "internal.duckdb"
    source = build(tmp_path / "a.duckdb", {"a": [2]})
    with duckdb.connect(str(source)) as connection:
        connection.execute("drop table kpi.u")
    publish(source, target, "a", "a")
    assert rows(target, "from kpi.u") == []
    assert rows(target, "from kpi.t") == [("a", 2)]


def test_a_publication_can_be_brought_back_from_itself(tmp_path: Path) -> None:
    file = tmp_path / "internal.duckdb"
    for cycle in "ba":
        publish(build(tmp_path / "x.duckdb", {cycle: [1]}), file, cycle, "ab")
    assert publish(file, file, "a", "ab") == {"kpi.t": 1}
    assert rows(file, "from kpi.t") == [("a", 1), ("b", 1)]
    assert rows(file, "from kpi.trends") == [("b", "a", 0)]
