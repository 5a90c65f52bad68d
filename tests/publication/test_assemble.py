from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import duckdb
import pytest

from orchestration.publication.assemble import publish
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


def test_a_reader_keeps_what_it_opened_and_no_leftover_stays(tmp_path: Path) -> None:
    target = tmp_path / "internal.duckdb"
    publish(build(tmp_path / "b.duckdb", {"a": [1]}), target, "a", ["a"])
    (tmp_path / ".internal.duckdb.12345").write_text("left by a refresh that was killed")
    with duckdb.connect(str(target), read_only=True) as reader:
        publish(build(tmp_path / "b.duckdb", {"a": [2]}), target, "a", ["a"])
        assert reader.execute("select value from kpi.t").fetchall() == [(1,)]
    assert rows(target, "select value from kpi.t") == [(2,)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.duckdb", "internal.duckdb"]


def test_a_publication_that_fails_leaves_the_last_one(tmp_path: Path) -> None:
    target = tmp_path / "internal.duckdb"
    publish(build(tmp_path / "b.duckdb", {"a": [1]}), target, "a", ["a"])
    before = target.read_bytes()
    with pytest.raises(duckdb.Error):
        publish(tmp_path / "missing.duckdb", target, "a", ["a"])
    assert target.read_bytes() == before


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
