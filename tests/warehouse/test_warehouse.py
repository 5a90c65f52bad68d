from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import os
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import pytest

from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import Home
from orchestration.warehouse.build import build_of, last_built
from orchestration.warehouse.dbt import ensure_manifest
from orchestration.warehouse.fingerprint import fingerprint, loaded_fingerprint, note_loaded
from orchestration.warehouse.held import attached, connected, remove
from orchestration.warehouse.load import load, load_framework
from orchestration.warehouse.lock import Holder, cycle_lock, dead_runs, dead_waiters, locked, publishing_lock
from orchestration.warehouse.marts import read_marts
from orchestration.warehouse.raw_schema import RAW_TABLES
from orchestration.warehouse.raw_writer import write_raw_tables
from tests.lab import new_cycle, rows

SPAWN = multiprocessing.get_context("spawn")


def test_raw_tables_are_written_all_or_none(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "pmm.duckdb"
    load(new_cycle(home, "one", {"XAA": {}}), file)
    count = "select cycle, count(*) from raw.kpis group by cycle"
    assert rows(file, count) == [("one", 51)]
    spoilt = {"kpis": RAW_TABLES["kpis"].schema.empty_table(), "roster": RAW_TABLES["policy"].schema.empty_table()}
    with connected(file) as connection, pytest.raises(duckdb.Error):
        write_raw_tables(connection, "one", spoilt)
    assert rows(file, count) == [("one", 51)]


def test_a_build_begins_from_nothing_and_takes_its_place_when_it_is_whole(home: Home) -> None:
    cycle = new_cycle(home, "one", {"XAA": {}})
    build = build_of(home, "one")
    assert last_built(home) is None
    load_framework(cycle, build.begin())
    assert build.latest == build.resume()
    assert not build.whole.exists()
    build.put_in_place()
    assert rows(build.whole, "select count(*) from raw.kpis") == [(51,)]
    # a new one knows nothing of the last, which stays until the new one is whole
    file = build.begin()
    assert not file.exists()
    assert build.latest == build.whole
    # and a run that begins midway goes on from the last
    assert rows(build.resume(), "select count(*) from raw.kpis") == [(51,)]
    assert last_built(home) == "one"


def test_a_fingerprint_shows_a_change_and_remembers_what_was_loaded(home: Home) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    first = fingerprint(cycle)
    assert loaded_fingerprint(cycle) is None
    note_loaded(cycle, first)
    assert loaded_fingerprint(cycle) == first == fingerprint(get_cycle(home, "c"))
    (cycle.submissions / ".DS_Store").write_text("not a sender's")
    assert fingerprint(cycle) == first
    (cycle.submissions / "a.json").write_text("{}")
    assert fingerprint(cycle) != first


def hold_lock(folder: Path, held: Event, release: Event) -> None:
    with locked(folder, "run-1", lambda _: None):
        held.set()
        release.wait(120)
        (folder / "first has ended").touch()


def test_one_refresh_of_a_cycle_waits_for_another_and_those_of_other_cycles_do_not(home: Home) -> None:
    held, release = SPAWN.Event(), SPAWN.Event()
    folder = cycle_lock(home, "one")
    other = SPAWN.Process(target=hold_lock, args=(folder, held, release))
    other.start()
    assert held.wait(60)
    for free in (cycle_lock(home, "two"), publishing_lock(home)):
        with locked(free, "run-2", lambda _: pytest.fail("nothing to wait for")) as dead:
            assert dead is None
    waited = []

    def wait(holder: Holder) -> None:
        waited.append(holder.run_id)
        assert abs((dt.datetime.now(dt.UTC) - holder.since).total_seconds()) < 120
        release.set()  # the first one goes on until the second one is seen to wait

    with locked(folder, "run-2", wait) as dead:
        assert (folder / "first has ended").exists()
        assert dead is None
        assert dead_runs(home) == set()
    other.join()
    assert waited == ["run-1"]
    assert dead_waiters(home) == set()
    assert not list(home.warehouse.rglob(".waiting.*"))


def wait_for_lock(folder: Path, waits: Event) -> None:
    with locked(folder, "run-2", lambda _: waits.set()):
        pass


def test_a_run_that_is_killed_while_it_waits_has_not_failed(home: Home) -> None:
    waits, folder = SPAWN.Event(), publishing_lock(home)
    with locked(folder, "run-1", lambda _: pytest.fail("nobody holds it")):
        other = SPAWN.Process(target=wait_for_lock, args=(folder, waits))
        other.start()
        assert waits.wait(60)
        assert dead_waiters(home) == set()
        other.kill()
        other.join()
        assert dead_waiters(home) == {"run-2"}
        assert dead_waiters(home) == set()
    assert dead_runs(home) == set()


def test_a_run_that_is_killed_lets_go_and_is_reported_once(home: Home) -> None:
    for folder in (cycle_lock(home, "one"), publishing_lock(home)):
        held, never = SPAWN.Event(), SPAWN.Event()
        other = SPAWN.Process(target=hold_lock, args=(folder, held, never))
        other.start()
        assert held.wait(60)
        assert dead_runs(home) == set()
        other.kill()
        other.join()
        assert dead_runs(home) == {"run-1"}
        assert dead_runs(home) == set()
        with locked(folder, "run-2", lambda _: pytest.fail("nobody holds it")):
            pass


def open_file(path: Path, read_only: bool, held: Event, release: Event, said: multiprocessing.Queue[object]) -> None:
    with duckdb.connect(str(path), read_only=read_only) as connection:
        before = connection.execute("select count(*) from t").fetchone()
        held.set()
        release.wait(120)
        said.put((before, connection.execute("select count(*) from t").fetchone()))


@pytest.mark.parametrize("reader_may_write", [True, False])
def test_whoever_has_a_file_open_keeps_it_and_nobody_is_kept_from_writing(tmp_path: Path, reader_may_write: bool) -> None:
    """A shell opens a file for writing, whatever it is used for; a notebook may keep it open for days."""
    file = tmp_path / "pmm.duckdb"
    with connected(file) as connection:
        connection.execute("create table t as select 1 as x")
    held, release, said = SPAWN.Event(), SPAWN.Event(), SPAWN.Queue()
    reader = SPAWN.Process(target=open_file, args=(file, not reader_may_write, held, release, said))
    reader.start()
    assert held.wait(60)
    with pytest.raises(duckdb.IOException):
        duckdb.connect(str(file))
    for _ in range(3):
        with connected(file) as connection:
            connection.execute("insert into t values (2)")
        with connected(file, read_only=True) as connection:
            connection.execute("select * from t")
    assert rows(file, "select count(*) from t") == [(4,)]
    release.set()
    assert said.get(timeout=60) == ((1,), (1,))
    reader.join()
    assert [path.name for path in tmp_path.iterdir()] == ["pmm.duckdb"]


def test_a_log_of_changes_that_a_reader_began_is_not_played_into_the_file(tmp_path: Path) -> None:
    file = tmp_path / "pmm.duckdb"
    with connected(file) as connection:
        connection.execute("create table t as select 1 as x")
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(file.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute("insert into t values (99)")
    log = copy.with_name("copy.duckdb.wal")
    assert log.exists()
    log.rename(file.with_name("pmm.duckdb.wal"))
    held, release, said = SPAWN.Event(), SPAWN.Event(), SPAWN.Queue()
    reader = SPAWN.Process(target=open_file, args=(file, False, held, release, said))
    reader.start()
    assert held.wait(60)
    with connected(file) as connection:
        assert connection.execute("select x from t").fetchall() == [(1,)]
    release.set()
    assert said.get(timeout=60) == ((2,), (2,))
    reader.join()


def test_no_connection_draws_a_progress_bar_where_results_are_printed(tmp_path: Path) -> None:
    """DuckDB does from two seconds on: a refresh of many Members was full of them."""
    path = tmp_path / "a.duckdb"
    with connected(path) as writing:
        connections = [writing, writing.cursor()]
        drawn = "select value from duckdb_settings() where name = 'enable_progress_bar'"
        assert [one.execute(drawn).fetchall() for one in connections] == [[("false",)]] * 2
    for context in (connected(path, read_only=True), attached(a=path), attached(tmp_path / "b.duckdb", a=path)):
        with context as connection:
            assert connection.execute(drawn).fetchall() == [("false",)]


def test_a_folder_is_removed_whatever_somebody_begins_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "next"
    begun: list[Path] = []
    (tmp_path / ".next.x.removed").mkdir()  # a process left it that was killed
    folder.mkdir()
    (folder / "pmm.duckdb").touch()
    remove_empty_folder = os.rmdir

    def begin_a_log(path: str, **more: int) -> None:
        """A shell that has the file open writes beside it, in the instant after the folder was emptied."""
        if len(begun) < 2:
            begun.extend(tmp_path.iterdir())
            for one in tmp_path.iterdir():
                (one / "pmm.duckdb.wal").touch()
        remove_empty_folder(path, **more)

    monkeypatch.setattr(os, "rmdir", begin_a_log)
    remove(folder)
    assert len(begun) == 2
    assert list(tmp_path.iterdir()) == []
    remove(folder)


def test_keys_that_order_a_mart_are_tested_to_be_unique() -> None:
    manifest = json.loads(ensure_manifest().read_text(encoding="utf-8"))
    unique: dict[str, set[str]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("test_metadata", {}).get("name") == "unique_rows":
            model = manifest["nodes"][node["attached_node"]]
            unique[f"{model['schema']}.{model['name']}"] = set(node["test_metadata"]["kwargs"]["columns"])
    ordered = {name: mart for name, mart in read_marts().items() if mart.order != "order by all"}
    assert len(ordered) > 15
    assert [name for name, mart in ordered.items() if not unique.get(name, {""}) <= set(mart.keys)] == []
