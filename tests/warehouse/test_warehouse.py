from __future__ import annotations

import datetime as dt
import multiprocessing

import duckdb
import pytest

from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import Home
from orchestration.warehouse.fingerprint import fingerprint, loaded_fingerprint, note_loaded
from orchestration.warehouse.lock import writing
from orchestration.warehouse.raw_schema import RAW_TABLES
from orchestration.warehouse.raw_writer import mark_refreshing, open_build, replace_cycle
from tests.lab import load, new_cycle, rows


def test_raw_tables_change_for_one_cycle_all_or_none(home: Home) -> None:
    for name in ("one", "two"):
        new_cycle(home, name, {"XAA": {}})
    load(home, "one", "two")
    count = "select cycle, count(*) from raw.kpis group by cycle order by cycle"
    assert rows(home.build_file, count) == [("one", 51), ("two", 51)]
    with open_build(home.build_file) as connection, pytest.raises(duckdb.Error):
        replace_cycle(connection, "one", {"kpis": RAW_TABLES["kpis"].empty_table(), "roster": RAW_TABLES["policy"].empty_table()})
    assert rows(home.build_file, count) == [("one", 51), ("two", 51)]
    with open_build(home.build_file) as connection:
        mark_refreshing(connection, "one", dt.datetime(2024, 8, 1), {"code_version": "1"})
    assert rows(home.build_file, "select cycle from raw.loads where is_refreshing") == [("one",)]


def test_a_raw_table_of_an_earlier_version_is_made_anew(home: Home) -> None:
    home.build_file.parent.mkdir(parents=True)
    with duckdb.connect(str(home.build_file)) as connection:
        connection.execute("create schema raw; create table raw.kpis (cycle varchar, old_column varchar)")
    open_build(home.build_file).close()
    assert "old_column" not in [
        c for (c,) in rows(home.build_file, "select column_name from duckdb_columns() where table_name = 'kpis'")
    ]


def test_a_fingerprint_tells_a_change_and_remembers_what_was_loaded(home: Home) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    first = fingerprint(cycle)
    assert loaded_fingerprint(cycle) is None
    note_loaded(cycle, first)
    assert loaded_fingerprint(cycle) == first == fingerprint(get_cycle(home, "c"))
    (cycle.submissions / ".DS_Store").write_text("not a sender's")
    assert fingerprint(cycle) == first
    (cycle.submissions / "a.json").write_text("{}")
    assert fingerprint(cycle) != first


def hold(home: Home, held: multiprocessing.synchronize.Event, release: multiprocessing.synchronize.Event) -> None:
    with writing(home, print):
        held.set()
        release.wait(120)
        (home.path / "first has ended").touch()


def test_two_writers_never_write_at_once(home: Home) -> None:
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    other = context.Process(target=hold, args=(home, held, release))
    other.start()
    assert held.wait(60)
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        release.set()  # the first one goes on until the second one is seen to wait

    with writing(home, tell):
        assert (home.path / "first has ended").exists()
    other.join()
    assert told == ["Another refresh is writing the warehouse; this one begins when that has ended."]


def test_a_writer_that_is_killed_lets_go(home: Home) -> None:
    context = multiprocessing.get_context("spawn")
    held, never = context.Event(), context.Event()
    other = context.Process(target=hold, args=(home, held, never))
    other.start()
    assert held.wait(60)
    other.kill()
    other.join()
    with writing(home, lambda _: None):
        pass
