"""Refreshes that somebody disturbs, in two small cycles: real files, real DuckDB, real dbt, real Dagster runs."""

from __future__ import annotations

import datetime as dt
import glob
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.defs.assets import publication, raw
from orchestration.defs.automation import submissions_landed
from orchestration.defs.event_log import OpenEventLog
from orchestration.defs.resources import Inputs
from orchestration.defs.runs import end_dead_runs, last_run
from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import CODE, Home
from orchestration.intake.forms.draft import Draft
from orchestration.publication import kept, make
from orchestration.publication.audience_file import write_audience_file
from orchestration.warehouse import load
from orchestration.warehouse.answer_tables import answer_tables
from orchestration.warehouse.lock import cycle_lock, locked
from tests.end_to_end.conftest import SMALL, Refreshed
from tests.lab import answer, marts, new_cycle, rows, send


def test_a_check_can_be_run_by_itself(own: Refreshed) -> None:
    """As Dagster's pages do, for one partition."""
    defs = own.runner.defs
    selection = dg.AssetSelection.checks(
        dg.AssetCheckKey(dg.AssetKey(["raw", "files"]), "files_accounted_for"),
        dg.AssetCheckKey(dg.AssetKey(["publication", "candidate"]), "disclosure_audit"),
        dg.AssetCheckKey(dg.AssetKey(["publication", "candidate"]), "publication_differences"),
    )
    job = defs.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection=set(), asset_check_selection={*selection.resolve_checks(defs.resolve_asset_graph())}
    )
    result = job.execute_in_process(instance=own.instance, partition_key="one")
    found = {e.check_name: e.passed for e in result.get_asset_check_evaluations()}
    assert found["disclosure_audit"]
    assert found["publication_differences"]
    assert "files_accounted_for" in found


def test_building_all_from_nothing_in_another_order_gives_the_same_rows(own: Refreshed) -> None:
    first = marts(own.file)
    shutil.rmtree(own.home.builds)
    shutil.rmtree(own.home.warehouse / "publications")
    for cycle in reversed(SMALL):
        assert own.refresh(cycle)["state"] == "published"
    # what audiences are shown depends on what they were shown before
    assert marts(own.file) == first


def test_dagsters_own_command_gives_the_same_rows(own: Refreshed) -> None:
    first = marts(own.file)
    environment = {k: v for k, v in os.environ.items() if k not in ("PMM_DBT_SERVER", "DAGSTER_HOME")}
    command = ["asset", "materialize", "--select", "*", "--partition", "one", "-m", "orchestration.definitions"]
    command += ["--config-json", json.dumps({"ops": {"load_framework": {"config": {"reason": "a test"}}}})]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dagster")), *command],
        cwd=own.home.path,
        env={**environment, "PYTHONPATH": str(CODE), "PMM_HOME": str(own.home.path), "DAGSTER_HOME": str(own.home.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert len(kept.publications(own.home)) == 3
    assert marts(own.file) == first
    now = kept.current(own.home)
    assert now is not None
    assert now.record.reason == "a test"


def open_every_file(folder: str, stop: Any, results: Any) -> None:
    """Somebody who opens whatever there is below warehouse/, to write as a shell does, and asks each file for a count."""
    n_opened, found = 0, set()
    while not stop.is_set():
        for name in glob.glob(f"{folder}/**/*.duckdb", recursive=True, include_hidden=True):  # noqa: PTH207 (folders come and go)
            path = Path(name)
            try:
                with duckdb.connect(str(path)) as connection:
                    connection.execute("select count(*) from duckdb_tables()").fetchall()
                    time.sleep(0.01)
                n_opened += 1
                found.add(path.name)
            except duckdb.Error:
                continue  # it is being written, or has gone
    results.put((n_opened, found))


def refresh_in_a_process(path: str, cycle: str, results: Any) -> None:
    found = Refreshed(Home(Path(path))).refresh(cycle)
    results.put((cycle, found["state"], found["errors"]))


def test_two_cycles_are_refreshed_at_once_while_somebody_opens_every_file(own: Refreshed) -> None:
    first = {audience: marts(own.home.published(audience)) for audience in AUDIENCES}
    context = multiprocessing.get_context("spawn")
    stop, opened, results = context.Event(), context.Queue(), context.Queue()
    reader = context.Process(target=open_every_file, args=(str(own.home.warehouse), stop, opened), daemon=True)
    reader.daemon = True
    reader.start()
    # and one who keeps what is published open all the while
    with duckdb.connect(str(own.file)) as shell:
        writers = [context.Process(target=refresh_in_a_process, args=(str(own.home.path), cycle, results)) for cycle in SMALL]
        for writer in writers:
            writer.daemon = False
            writer.start()
        assert {(cycle, state, tuple(errors)) for cycle, state, errors in (results.get(timeout=300) for _ in writers)} == {
            (cycle, "published", ()) for cycle in SMALL
        }
        assert shell.execute("select count(*) from reference.cycles").fetchall() == [(2,)]
    stop.set()
    n_opened, found = opened.get(timeout=60)
    reader.join()
    assert n_opened > 50
    assert found >= {"pmm.duckdb", "internal.duckdb", "wco.duckdb", "public.duckdb"}
    assert len(kept.publications(own.home)) == 4
    assert {audience: marts(own.home.published(audience)) for audience in AUDIENCES} == first


def look(own: Refreshed, cursor: list[str | None]) -> list[str | None]:
    """One look of the sensor; the cycles that it asks to refresh."""
    context = dg.build_sensor_context(instance=own.instance, cursor=cursor[-1])
    found = submissions_landed(context, inputs=Inputs(home_path=str(own.home.path)))
    assert isinstance(found, dg.SensorResult)
    cursor.append(found.cursor)
    return [request.partition_key for request in found.run_requests or []]


def test_a_correction_changes_its_own_cycle_and_no_other(own: Refreshed) -> None:
    first = {cycle: marts(own.file, cycle) for cycle in SMALL}
    cursor: list[str | None] = [None]
    assert look(own, cursor) == []
    assert look(own, cursor) == []
    cycle = get_cycle(own.home, "one")
    member = next(iter(cycle.roster))
    send(cycle, [Draft(member, member, 9, dt.datetime(2024, 6, 1), {"DEPTH": answer(value=7)}, {})], "json")
    assert look(own, cursor) == []  # seen, and waited for to be still
    assert look(own, cursor) == []  # and never asked for, since the cycle is closed and published
    assert own.runner.refresh(cycle.name, lambda *_: None)["errors"][0].startswith("one closed on 2024-06-30 and is")
    toml = cycle.folder / "cycle.toml"
    toml.write_text(toml.read_text().replace("closes = 2024-06-30", "closes = 2999-12-31"))
    assert look(own, cursor) == []
    assert look(own, cursor) == ["one"]
    found = own.refresh("one")
    assert found["state"] == "published"
    # one Member's answers are in no total any more: whoever has the last file could take the difference
    (known,) = (c for c in found["checks"] if c.name == "publication_differences")
    assert not known.is_passed
    assert not known.is_error
    assert "one is held for public" in known.description
    now = kept.current(own.home)
    assert now is not None
    assert {audience: set(held) for audience, held in now.record.held.items() if held} == {"public": {"one"}}
    assert look(own, cursor) == []
    assert marts(own.file, "one") != first["one"]
    other, before = marts(own.file, "two"), dict(first["two"])
    # what compares the two cycles moves with either
    assert other.pop("aggregate.kpi_trends") != before.pop("aggregate.kpi_trends")
    assert other == before
    assert rows(
        own.file,
        "select is_sufficient from completeness.member_completeness where cycle = 'one' and member = ?",
        member,
    ) == [(False,)]
    states = rows(
        own.file,
        "select state from lineage.submissions where cycle = 'one' and member = ? order by revision",
        member,
    )
    assert states[-1] == ("accepted",)
    assert set(states[:-1]) == {("superseded",)}


def test_a_new_cycle_is_a_partition_without_a_reload(own: Refreshed) -> None:
    new_cycle(own.home, "brand-new", {"XAA": {}}, "harbour-v1")
    cursor: list[str | None] = [None]
    assert look(own, cursor) == []
    assert look(own, cursor) == ["brand-new"]
    assert own.instance.get_dynamic_partitions("cycle") == ["one", "two", "brand-new"]
    shutil.rmtree(own.home.cycles / "brand-new")
    look(own, cursor)
    assert own.instance.get_dynamic_partitions("cycle") == ["one", "two"]


def test_a_critical_failure_publishes_nothing(own: Refreshed, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(intake: Any) -> Any:
        tables = answer_tables(intake)
        return {**tables, "kpi_answers": tables["kpi_answers"].slice(1)}

    monkeypatch.setattr(load, "answer_tables", lossy)
    before, first = own.file.read_bytes(), marts(own.file)
    found = own.refresh("one")
    assert found["state"] == "failed"
    assert {c.name for c in found["checks"] if not c.is_passed and c.is_error} == {"files_accounted_for"}
    assert own.file.read_bytes() == before
    summary = last_run(own.instance, "one")
    assert summary is not None
    assert summary.reason.startswith("files_accounted_for: Cells received are cells loaded and cells set aside")
    monkeypatch.setenv("PMM_HOME", str(own.home.path))
    said = " ".join(CliRunner().invoke(app, ["status"]).output.split())
    assert f"one: the last refresh failed at {str(summary.ended)[:19]} UTC (run {summary.run_id[:8]})" in said
    assert "Cells received are cells loaded and cells set aside" in said
    assert "pmm refresh --cycle one" in said
    monkeypatch.undo()
    # another cycle's refresh does not publish what was left half done
    assert own.refresh("two")["state"] == "published"
    assert marts(own.file) == first


def test_a_loss_is_published_only_when_somebody_accepts_it(own: Refreshed, monkeypatch: pytest.MonkeyPatch) -> None:
    cycle = get_cycle(own.home, "one")
    before = own.file.read_bytes()
    files = sorted(cycle.submissions.glob("*.*"))
    for path in files[: len(files) // 2]:
        path.rename(cycle.folder / path.name)
    found = own.refresh("one")
    assert found["state"] == "failed"
    (blocked,) = (c for c in found["checks"] if c.blocks)
    assert blocked.name == "shows_no_less"
    assert re.search(r"sufficient Members \(n_shown \d+, n_least 22\)", blocked.description), blocked.description
    assert "pmm refresh --cycle one --accept-loss --reason WHY" in blocked.description
    assert own.file.read_bytes() == before
    found = own.refresh("one", accepts_loss=True)
    assert found["state"] == "published"
    now = kept.current(own.home)
    assert now is not None
    assert (now.record.reason, now.record.is_loss_accepted) == ("a test", True)
    monkeypatch.setenv("PMM_HOME", str(own.home.path))
    assert "loss accepted, a test" in CliRunner().invoke(app, ["publications"]).output
    # what was accepted is what the next refresh is compared with; and nobody at all is a loss too
    assert own.refresh("one")["state"] == "published"
    for path in cycle.submissions.glob("*.*"):
        path.rename(cycle.folder / path.name)
    found = own.refresh("one")
    assert [c.name for c in found["checks"] if c.blocks] == ["shows_no_less"]
    assert "sufficient Members (n_shown 0" in next(c.description for c in found["checks"] if c.blocks)
    assert own.refresh("one", accepts_loss=True)["state"] == "published"


def test_a_publication_that_fails_the_audit_is_not_published(own: Refreshed, monkeypatch: pytest.MonkeyPatch) -> None:
    def unprotected(internal: Path, target: Path, audience: Any, marts: Any, protection: Any) -> None:
        write_audience_file(internal, target, audience, marts, replace(protection, values=[], instrument_cells=[]))

    # in this process, where what writes the files can be replaced
    monkeypatch.setattr(make, "write_audience_file", unprotected)
    monkeypatch.setattr(publication, "call", lambda module, name, *given: getattr(import_module(module), name)(*given))
    before = kept.current(own.home)
    found = own.refresh("one")
    assert found["state"] == "failed"
    assert {c.name for c in found["checks"] if not c.is_passed and c.is_error} == {"disclosure_audit"}
    assert kept.current(own.home) == before
    monkeypatch.undo()
    # nor by the next refresh of another cycle, which is prepared anew
    assert own.refresh("two")["state"] == "published"


def test_what_is_restored_is_a_run_that_passes_the_same_checks(own: Refreshed) -> None:
    name = kept.publications(own.home)[0].name
    found = own.runner.restore("one", name, "a figure was wrong", lambda *_: None)
    assert found["state"] == "published"
    assert {c.name for c in found["checks"]} >= {"disclosure_audit", "publication_differences", "trends_complete"}
    now = kept.current(own.home)
    assert now is not None
    assert now.record.restored["one"].reason == "a figure was wrong"
    summary = last_run(own.instance, "one")
    assert summary is not None
    assert summary.state == "published"
    # a publication that has no figures of the cycle can't be brought back
    found = own.runner.restore("two", name, "", lambda *_: None)
    assert found["state"] == "failed"
    assert any("it has no figures of two" in line for line in found["errors"])
    assert kept.current(own.home) == now


def test_a_cycle_that_contradicts_itself_says_so_and_is_not_published(own: Refreshed) -> None:
    roster = own.home.cycles / "two" / "roster.csv"
    roster.write_text(roster.read_text().replace("North", "Norths", 1))
    found = own.refresh("two")
    assert found["state"] == "failed"
    assert any("'Norths' is not a group of it" in line for line in found["errors"])


def test_a_refresh_that_is_asked_to_end_does_so_and_says_so(own: Refreshed) -> None:
    command = [str(Path(sys.executable).with_name("pmm")), "refresh", "--all", "--reason", "a test"]
    before, new = kept.current(own.home), kept.candidate(own.home).file("internal")
    refresh = subprocess.Popen(
        command, env={**os.environ, "PMM_HOME": str(own.home.path)}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    while not new.exists():  # from here on another process decides what is shown
        assert refresh.poll() is None
        time.sleep(0.005)
    refresh.terminate()
    said = " ".join(refresh.communicate(timeout=60)[0].split())
    assert refresh.returncode == 1
    assert "It was ended before it was done" in said
    assert "two:" not in said
    now = kept.current(own.home)
    assert before is not None
    assert now is not None
    assert now.name == before.name
    assert own.refresh("one")["state"] == "published"


def test_a_signal_after_a_run_s_last_step_keeps_the_next_cycle_from_being_begun(
    own: Refreshed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster forgets a signal that comes then."""
    kinds, store = [], OpenEventLog.store_event

    def stored(log: OpenEventLog, event: dg.EventLogEntry) -> None:
        store(log, event)
        if event.dagster_event is not None:
            kinds.append(event.dagster_event.event_type)
            if event.dagster_event.is_run_failure:
                signal.raise_signal(signal.SIGTERM)

    def broken(*_: object) -> None:
        raise RuntimeError("so that it is over soon")

    monkeypatch.setattr(OpenEventLog, "store_event", stored)
    monkeypatch.setattr(raw, "load_framework", broken)
    monkeypatch.setenv("PMM_HOME", str(own.home.path))
    done = CliRunner().invoke(app, ["refresh", "--all", "--reason", "a test"])
    assert done.exit_code == 1
    assert "so that it is over soon" in done.output
    assert "Asked to end; not begun: two." in done.output
    assert kinds.count(dg.DagsterEventType.RUN_START) == 1


def test_a_refresh_that_waits_says_for_whom_and_can_be_ended_without_harm(own: Refreshed) -> None:
    command = [str(Path(sys.executable).with_name("pmm")), "refresh", "--cycle", "one", "--reason", "a test"]
    environment = {**os.environ, "PMM_HOME": str(own.home.path)}

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    # another run holds the cycle until those that wait have been seen to
    with locked(cycle_lock(own.home, "one"), "0123456789", lambda _: pytest.fail("nobody holds it")):
        (file,) = own.home.builds.glob("one/pmm.duckdb")
        with duckdb.connect(str(file)) as writing:  # and writes
            inode = file.stat().st_ino
            waiting = [start(), start(), start()]
            for one in waiting:
                assert one.stderr is not None
                assert one.stderr.readline().startswith("Another refresh of one is running (run 01234567, since 20")
            for one, how in zip(waiting, (signal.SIGINT, signal.SIGKILL), strict=False):
                one.send_signal(how)
            for one in waiting[:2]:
                one.communicate(timeout=60)
                assert one.returncode != 0
            # nobody has put another file in its place
            assert file.stat().st_ino == inode
            writing.execute("select 1")
        summary = last_run(own.instance, "one")
        assert summary is not None
        assert summary.state == "waiting"
    waiting[2].communicate(timeout=120)
    assert waiting[2].returncode == 0
    end_dead_runs(own.instance, own.home)
    summary = last_run(own.instance, "one")
    assert summary is not None
    assert summary.state == "published"
    assert not list(own.home.warehouse.rglob(".waiting.*"))
