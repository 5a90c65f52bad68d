from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from types import MappingProxyType

import duckdb

from orchestration.publication.assemble import assemble
from tests.lab import rows


def build(
    path: Path,
    cells: dict[str, list[int]],
    pairs: dict[tuple[str, str], int] | None = None,
    later: dict[str, int] = MappingProxyType({}),  # type: ignore[assignment]
) -> Path:
    """A build file with a mart of cycles, one of pairs of cycles, and raw tables; `later` cycles were loaded again."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema kpi")
        connection.execute("create table kpi.t (cycle varchar, value bigint)")
        connection.execute("comment on column kpi.t.value is 'it''s a figure'")
        connection.execute("create table kpi.pairs (cycle varchar, previous_cycle varchar, value bigint)")
        connection.execute("create schema raw")
        connection.execute("create table raw.secret (cycle varchar)")
        connection.execute("create table raw.loads (cycle varchar, loaded_at timestamp)")
        connection.execute("create schema reference")
        connection.execute("create table reference.publication (cycle varchar, refreshed_at timestamp)")
        for number, cycle in enumerate(cells):
            loaded = f"2024-01-{number + 1 + later.get(cycle, 0):02} 00:00:00"
            connection.execute("insert into raw.loads values (?, ?)", [cycle, loaded])
            connection.execute("insert into reference.publication values (?, ?)", [cycle, loaded])
        for (cycle, previous), value in (pairs or {}).items():
            connection.execute("insert into kpi.pairs values (?, ?, ?)", [cycle, previous, value])
        for cycle, values in cells.items():
            for value in values:
                connection.execute("insert into kpi.t values (?, ?)", [cycle, value])
    return path


def publish(source: Path, target: Path, cycle: str, cycles: Collection[str]) -> dict[str, int]:
    """Assemble beside the last file, and put the new one in its place."""
    new = target.with_suffix(".new")
    counts = assemble(source, target if target.exists() else None, new, cycle, cycles)
    new.replace(target)
    return counts


def test_a_publication_takes_one_cycle_and_keeps_the_others(tmp_path: Path) -> None:
    target = tmp_path / "internal.duckdb"
    assert publish(build(tmp_path / "b.duckdb", {"a": [2, 1], "b": [9]}), target, "a", ["a", "b"])["kpi.t"] == 2
    half_done = build(tmp_path / "b.duckdb", {"a": [3], "b": []})
    publish(half_done, target, "a", ["a", "b"])
    assert rows(target, "select * from kpi.t") == [("a", 3), ("b", 9)]
    publish(half_done, target, "a", ["a"])
    assert rows(target, "select * from kpi.t") == [("a", 3)]
    assert rows(target, "select comment from duckdb_columns() where table_name = 't' and column_name = 'value'") == [
        ("it's a figure",)
    ]
    assert rows(target, "select count(*) from duckdb_tables() where schema_name = 'raw'") == [(0,)]


def test_a_row_of_two_cycles_comes_with_the_refresh_of_either(tmp_path: Path) -> None:
    target = tmp_path / "internal.duckdb"
    pairs = "select cycle, previous_cycle, value from kpi.pairs order by all"
    publish(
        build(tmp_path / "b.duckdb", {"a": [], "b": [], "c": []}, {("b", "a"): 1, ("c", "a"): 1, ("c", "b"): 1}),
        target,
        "c",
        "abc",
    )
    again = build(
        tmp_path / "b.duckdb", {"a": [], "b": [], "c": []}, {("b", "a"): 2, ("c", "a"): 2, ("c", "b"): 2}, later={"a": 5}
    )
    publish(again, target, "a", "abc")
    assert rows(target, pairs) == [("b", "a", 2), ("c", "a", 2), ("c", "b", 1)]
    # b was loaded again and failed: what the refresh of c made of it stays out
    failed = build(
        tmp_path / "b.duckdb", {"a": [], "b": [], "c": []}, {("b", "a"): 3, ("c", "a"): 3, ("c", "b"): 3}, later={"a": 5, "b": 5}
    )
    publish(failed, target, "c", "abc")
    assert rows(target, pairs) == [("b", "a", 2), ("c", "a", 3), ("c", "b", 1)]
    publish(failed, target, "c", "ac")
    assert rows(target, pairs) == [("c", "a", 3)]


def test_what_an_earlier_version_published_stays_though_it_lacks_a_column(tmp_path: Path) -> None:
    target = tmp_path / "internal.duckdb"
    publish(build(tmp_path / "b.duckdb", {"a": [1], "b": [9]}), target, "a", "ab")
    newer = build(tmp_path / "b.duckdb", {"a": [2]})
    with duckdb.connect(str(newer)) as connection:
        connection.execute("alter table kpi.t add column suppression varchar")
    publish(newer, target, "a", "ab")
    assert rows(target, "select * from kpi.t") == [("a", 2, None), ("b", 9, None)]
