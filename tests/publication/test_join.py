from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from orchestration.publication.join import join
from orchestration.warehouse.marts import Column, Mart
from tests.lab import rows

CYCLE = Column("cycle", "varchar", "Cycle")
TABLE = Mart("kpi", "t", "A table", {"cycle": CYCLE, "value": Column("value", "bigint", "It's a figure")})
PAIRS = Mart("kpi", "pairs", "Pairs", {"cycle": CYCLE}, is_across_cycles=True)
MARTS = {mart.full_name: mart for mart in (TABLE, PAIRS)}


def build(path: Path, cells: dict[str, list[int]], column: str = "value") -> Path:
    """A file with a mart of cycles, one that compares cycles, and a raw table."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema kpi; create schema raw")
        connection.execute(f"create table kpi.t (cycle varchar, {column} bigint)")
        connection.execute("create table kpi.pairs as select 'a' as cycle")
        connection.execute("create table raw.secret (cycle varchar)")
        for cycle, values in cells.items():
            for value in values:
                connection.execute("insert into kpi.t values (?, ?)", [cycle, value])
    return path


def publish(source: Path, target: Path, cycle: str, cycles: Collection[str]) -> dict[str, int]:
    """Join beside the last file, and put the new one in its place."""
    new = target.with_suffix(".new")
    counts = join(source, target if target.exists() and target != source else None, new, cycle, cycles, MARTS)
    new.replace(target)
    return counts


def test_a_publication_takes_one_cycle_and_keeps_the_others(tmp_path: Path) -> None:
    target = tmp_path / "internal.duckdb"
    assert publish(build(tmp_path / "b.duckdb", {"b": [3, 1, 2]}), target, "b", "abc") == {"kpi.t": 3}
    for cycle in ("c", "a"):
        assert publish(build(tmp_path / f"{cycle}.duckdb", {cycle: [9, 8]}), target, cycle, "abc") == {"kpi.t": 2}
    # in the order of the columns, whichever was refreshed last
    ordered = [("a", 8), ("a", 9), ("b", 1), ("b", 2), ("b", 3), ("c", 8), ("c", 9)]
    assert rows(target, "from kpi.t") == ordered
    # what a build holds of another cycle is not looked at
    publish(build(tmp_path / "b.duckdb", {"b": [5], "a": [77]}), target, "b", "abc")
    assert rows(target, "from kpi.t") == [("a", 8), ("a", 9), ("b", 5), ("c", 8), ("c", 9)]
    publish(build(tmp_path / "b.duckdb", {"b": [5]}), target, "b", "bc")
    assert rows(target, "from kpi.t") == [("b", 5), ("c", 8), ("c", 9)]
    assert rows(target, "select comment from duckdb_columns() where table_name = 't' and column_name = 'value'") == [
        ("It's a figure",)
    ]
    # what compares cycles is built in it afterwards, and raw tables never leave the build
    assert rows(target, "select table_name from duckdb_tables()") == [("t",)]


def test_what_an_earlier_version_published_stays_though_it_lacks_a_column(tmp_path: Path) -> None:
    target = tmp_path / "internal.duckdb"
    build(target, {"a": [1], "b": [9]}, column="other")
    publish(build(tmp_path / "a.duckdb", {"a": [2]}), target, "a", "ab")
    assert rows(target, "from kpi.t") == [("a", 2), ("b", None)]


def test_a_publication_can_be_brought_back_from_itself(tmp_path: Path) -> None:
    file = build(tmp_path / "internal.duckdb", {"a": [1], "b": [9]})
    assert join(file, file, tmp_path / "new.duckdb", "a", "ab", MARTS) == {"kpi.t": 1}
    assert rows(tmp_path / "new.duckdb", "from kpi.t") == [("a", 1), ("b", 9)]
