"""Refreshes that end well, in two small cycles, whoever else is there: real files, real DuckDB, real dbt, real Dagster runs."""

from __future__ import annotations

import datetime as dt
import glob
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from orchestration.defs.automation import submissions_landed
from orchestration.defs.resources import Inputs
from orchestration.defs.runs import last_run
from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import CODE
from orchestration.intake.forms.draft import Draft
from orchestration.publication import kept
from orchestration.warehouse.marts import ACROSS_CYCLES
from tests.end_to_end.conftest import SMALL, Refreshed, begin_refresh
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


def test_reports_are_begun_beside_the_checks_where_the_run_writes_them(own: Refreshed) -> None:
    job, graph = own.runner.defs.resolve_implicit_global_asset_job_def(), own.runner.defs.resolve_asset_graph()
    prepared_by = dg.AssetSelection.groups(ACROSS_CYCLES) | dg.AssetSelection.assets(dg.AssetKey(["publication", "candidate"]))
    reports = dg.AssetSelection.assets(*(dg.AssetKey(["report", audience]) for audience in AUDIENCES))
    for with_reports, selection in ((False, prepared_by), (True, prepared_by | reports)):
        some = job.get_subset(asset_selection=selection.resolve(graph), asset_check_selection=set())
        assert some.execute_in_process(instance=own.instance, partition_key="one").success
        prepared = kept.candidate(own.home)
        assert [prepared.report(audience).exists() for audience in AUDIENCES] == [with_reports] * len(AUDIENCES)


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
    assert "resource_tracker" not in done.stderr  # nor does Python warn of what the processes beside it have left
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
                    time.sleep(0.05)  # without a pause it would take a core from the refreshes
                n_opened += 1
                found.add(path.name)
            except duckdb.Error:
                time.sleep(0.05)  # it is being written, or has gone
    results.put((n_opened, found))


def test_two_cycles_are_refreshed_at_once_while_somebody_opens_every_file(own: Refreshed) -> None:
    """By two commands that know nothing of each other; that both were built by one is what all tests here begin with."""
    first = {audience: marts(own.home.published(audience)) for audience in AUDIENCES}
    context = multiprocessing.get_context("spawn")
    stop, opened = context.Event(), context.Queue()
    reader = context.Process(target=open_every_file, args=(str(own.home.warehouse), stop, opened), daemon=True)
    reader.daemon = True
    reader.start()
    # and one who keeps what is published open all the while
    with duckdb.connect(str(own.file)) as shell:
        running = [begin_refresh(own.home, "--cycle", cycle) for cycle in SMALL]
        said = [command.communicate(timeout=600) for command in running]
        assert [command.returncode for command in running] == [0, 0], said
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
    cycle = new_cycle(own.home, "brand-new", {"XAA": {}}, "harbour-v1")
    cursor: list[str | None] = [None]
    assert look(own, cursor) == []
    assert look(own, cursor) == []  # nobody has sent anything
    send(cycle, [Draft("XAA", "A", 1, dt.datetime(2024, 6, 1), {"DEPTH": answer(value=7)}, {})], "json")
    assert look(own, cursor) == []
    assert look(own, cursor) == ["brand-new"]
    assert own.instance.get_dynamic_partitions("cycle") == ["one", "two", "brand-new"]
    shutil.rmtree(own.home.cycles / "brand-new")
    look(own, cursor)
    assert own.instance.get_dynamic_partitions("cycle") == ["one", "two"]


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
