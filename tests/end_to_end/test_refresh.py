"""Whole refreshes of the sample cycles: real files, real DuckDB, real dbt, real Dagster runs."""

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
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.cli.runner import Runner
from orchestration.defs.assets import publication
from orchestration.defs.automation import nightly, submissions_landed
from orchestration.defs.resources import Inputs
from orchestration.defs.runs import end_dead_runs, last_run
from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import CODE, Home
from orchestration.intake.check import sufficiency
from orchestration.intake.folder import Entry
from orchestration.intake.forms.draft import Draft
from orchestration.intake.processes import read_here
from orchestration.publication import kept, make
from orchestration.publication.audience_file import write_audience_file
from orchestration.publication.reasons import Reason
from orchestration.sample import read_targets, write_sample
from orchestration.warehouse import load
from orchestration.warehouse.answer_tables import answer_tables
from orchestration.warehouse.lock import cycle_lock, locked
from tests.lab import answer, marts, new_cycle, new_home, rows, send

CYCLES = ("sample-2022", "sample-2024")


class Refreshed:
    """A home with the sample cycles refreshed, and what runs jobs on it as `pmm refresh` does."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.file = home.published("internal")
        self.runner = Runner(home).__enter__()
        self.instance = self.runner.instance

    def refresh(self, cycle: str, *, accepts_loss: bool = False) -> dict[str, Any]:
        return self.runner.refresh(cycle, lambda *_: None, Reason("a test", accepts_loss=accepts_loss))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, warm_dbt: None) -> Iterator[tuple[Refreshed, dict[str, Any]]]:  # noqa: ARG001
    """The sample cycles, refreshed once, and what their refreshes came to; no test changes this home."""
    home = new_home(tmp_path_factory.mktemp("refresh") / "home")
    for cycle in CYCLES:
        write_sample(home, read_targets(home, cycle))
    refreshed = Refreshed(home)
    yield refreshed, {cycle: refreshed.refresh(cycle) for cycle in CYCLES}
    refreshed.runner.__exit__()


@pytest.fixture
def refreshed(both: tuple[Refreshed, dict[str, Any]]) -> Refreshed:
    """The home that all tests look at."""
    return both[0]


@pytest.fixture
def own(both: tuple[Refreshed, dict[str, Any]], tmp_path: Path) -> Iterator[Refreshed]:
    """A copy of it that a test may change."""
    refreshed = Refreshed(Home(Path(shutil.copytree(both[0].home.path, tmp_path / "home", symlinks=True))))
    yield refreshed
    refreshed.runner.__exit__()


def test_a_refresh_says_what_it_came_to(both: tuple[Refreshed, dict[str, Any]]) -> None:
    found = both[1]["sample-2022"]
    assert found["state"] == "published"
    assert found["errors"] == []
    counts = found["counts"]
    assert (counts["n_members"], counts["n_sufficient"]) == (105, 62)
    assert counts["n_cells"] == counts["n_loaded"] + counts["n_set_aside"]
    assert counts["states"]["rejected"] == 6
    unmet = {check.name for check in found["checks"] if not check.is_passed}
    assert unmet == {"files_accounted_for_warnings", "kpi_response_warnings"}
    assert not any(check.is_error for check in found["checks"] if not check.is_passed)


def test_every_table_says_that_sample_cycles_are_synthetic(refreshed: Refreshed) -> None:
    for name in marts(refreshed.file):
        assert rows(refreshed.file, f"select distinct data_origin from {name}") == [("synthetic",)]


def test_each_model_is_an_asset_that_says_what_it_is(refreshed: Refreshed) -> None:
    specs = list(refreshed.runner.defs.resolve_all_asset_specs())
    assert {"reference/kpis", "aggregate/kpi_by_group", "staging/stg_kpis", "raw/kpi_answers", "publication/public"} <= {
        s.key.to_user_string() for s in specs
    }
    for spec in specs:
        assert spec.description, spec.key
        assert spec.group_name != "default", spec.key
        assert spec.owners, spec.key
        assert "duckdb" in spec.kinds, spec.key
        assert spec.partitions_def is not None, spec.key
    instance = refreshed.instance
    for key in (["raw", "kpi_answers"], ["aggregate", "kpi_by_group"], ["publication", "internal"]):
        event = instance.get_latest_materialization_event(dg.AssetKey(key))
        assert event is not None
        assert event.asset_materialization is not None
        n_rows: Any = event.asset_materialization.metadata["dagster/partition_row_count"].value
        assert n_rows > 0


def test_every_check_links_to_a_page_that_is_there(refreshed: Refreshed) -> None:
    summary = last_run(refreshed.instance, "sample-2022")
    assert summary is not None
    assert summary.state == "published"
    events = refreshed.instance.get_records_for_run(summary.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    pages = []
    for record in events:
        event = record.event_log_entry.dagster_event
        assert event is not None
        metadata = event.asset_check_evaluation_data.metadata
        if "data_docs" in metadata:
            pages.append(Path(str(metadata["data_docs"].value).removeprefix("file://")))
    assert len(pages) == 18
    assert all(page.stat().st_size > 1000 for page in pages)
    folder = refreshed.home.data_docs / "sample-2022"
    overview = (folder / "index.html").read_text(encoding="utf-8")
    assert "Synthetic cycle" in overview
    assert "1 of 51: K44" in overview
    links = re.findall(r'<a href="([^"]+)"', overview)
    assert {(folder / link).resolve() for link in links} == {page.resolve() for page in pages}


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
    result = job.execute_in_process(instance=own.instance, partition_key="sample-2022")
    found = {e.check_name: e.passed for e in result.get_asset_check_evaluations()}
    assert found["disclosure_audit"]
    assert found["publication_differences"]
    assert "files_accounted_for" in found


def test_building_all_from_nothing_in_another_order_gives_the_same_rows(own: Refreshed) -> None:
    first = marts(own.file)
    shutil.rmtree(own.home.builds)
    shutil.rmtree(own.home.warehouse / "publications")
    for cycle in reversed(CYCLES):
        assert own.refresh(cycle)["state"] == "published"
    # what audiences are shown depends on what they were shown before
    assert marts(own.file) == first


def test_dagsters_own_command_gives_the_same_rows(own: Refreshed) -> None:
    first = marts(own.file)
    environment = {k: v for k, v in os.environ.items() if k not in ("PMM_DBT_SERVER", "DAGSTER_HOME")}
    command = ["asset", "materialize", "--select", "*", "--partition", "sample-2022", "-m", "orchestration.definitions"]
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
        writers = [context.Process(target=refresh_in_a_process, args=(str(own.home.path), cycle, results)) for cycle in CYCLES]
        for writer in writers:
            writer.daemon = False
            writer.start()
        assert {(cycle, state, tuple(errors)) for cycle, state, errors in (results.get(timeout=300) for _ in writers)} == {
            (cycle, "published", ()) for cycle in CYCLES
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
    first = {cycle: marts(own.file, cycle) for cycle in CYCLES}
    cursor: list[str | None] = [None]
    assert look(own, cursor) == []
    assert look(own, cursor) == []
    cycle = get_cycle(own.home, "sample-2022")
    member = next(iter(cycle.roster))
    send(cycle, [Draft(member, member, 9, dt.datetime(2024, 6, 1), {"K06": answer(value=77)}, {})], "json")
    assert look(own, cursor) == []  # seen, and waited for to be still
    assert look(own, cursor) == []  # and never asked for, since the cycle is closed and published
    assert own.runner.refresh(cycle.name, lambda *_: None)["errors"][0].startswith("sample-2022 closed on 2024-06-30 and is")
    toml = cycle.folder / "cycle.toml"
    toml.write_text(toml.read_text().replace("closes = 2024-06-30", "closes = 2999-12-31"))
    assert look(own, cursor) == []
    assert look(own, cursor) == ["sample-2022"]
    found = own.refresh("sample-2022")
    assert found["state"] == "published"
    # one Member's answers are in no total any more: whoever has the last file could take the difference
    (known,) = (c for c in found["checks"] if c.name == "publication_differences")
    assert not known.is_passed
    assert not known.is_error
    assert "sample-2022 is held for wco" in known.description
    now = kept.current(own.home)
    assert now is not None
    assert {audience: set(held) for audience, held in now.record.held.items()} == {
        "wco": {"sample-2022"},
        "public": {"sample-2022"},
    }
    assert look(own, cursor) == []
    assert marts(own.file, "sample-2022") != first["sample-2022"]
    other, before = marts(own.file, "sample-2024"), dict(first["sample-2024"])
    # what compares the two cycles moves with either
    assert other.pop("aggregate.kpi_trends") != before.pop("aggregate.kpi_trends")
    assert other == before
    assert rows(
        own.file,
        "select is_sufficient from completeness.member_completeness where cycle = 'sample-2022' and member = ?",
        member,
    ) == [(False,)]
    states = rows(
        own.file,
        "select state from lineage.submissions where cycle = 'sample-2022' and member = ? order by revision",
        member,
    )
    assert states[-1] == ("accepted",)
    assert set(states[:-1]) == {("superseded",)}


def test_a_new_cycle_is_a_partition_without_a_reload(own: Refreshed) -> None:
    new_cycle(own.home, "brand-new", {"XAA": {}})
    cursor: list[str | None] = [None]
    assert look(own, cursor) == []
    assert look(own, cursor) == ["brand-new"]
    assert own.instance.get_dynamic_partitions("cycle") == ["sample-2022", "sample-2024", "brand-new"]
    shutil.rmtree(own.home.cycles / "brand-new")
    look(own, cursor)
    assert own.instance.get_dynamic_partitions("cycle") == ["sample-2022", "sample-2024"]


def test_a_critical_failure_publishes_nothing(own: Refreshed, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(intake: Any) -> Any:
        tables = answer_tables(intake)
        return {**tables, "kpi_answers": tables["kpi_answers"].slice(1)}

    monkeypatch.setattr(load, "answer_tables", lossy)
    before, first = own.file.read_bytes(), marts(own.file)
    found = own.refresh("sample-2022")
    assert found["state"] == "failed"
    assert {c.name for c in found["checks"] if not c.is_passed and c.is_error} == {"files_accounted_for"}
    assert own.file.read_bytes() == before
    summary = last_run(own.instance, "sample-2022")
    assert summary is not None
    assert summary.reason.startswith("files_accounted_for: Cells received are cells loaded and cells set aside")
    monkeypatch.setenv("PMM_HOME", str(own.home.path))
    said = " ".join(CliRunner().invoke(app, ["status"]).output.split())
    assert f"sample-2022: the last refresh failed at {str(summary.ended)[:19]} UTC (run {summary.run_id[:8]})" in said
    assert "Cells received are cells loaded and cells set aside" in said
    assert "pmm refresh --cycle sample-2022" in said
    monkeypatch.undo()
    # another cycle's refresh does not publish what was left half done
    assert own.refresh("sample-2024")["state"] == "published"
    assert marts(own.file) == first


def test_a_loss_is_published_only_when_somebody_accepts_it(own: Refreshed, monkeypatch: pytest.MonkeyPatch) -> None:
    cycle = get_cycle(own.home, "sample-2022")
    before = own.file.read_bytes()
    files = sorted(cycle.submissions.glob("*.*"))
    for path in files[: len(files) // 2]:
        path.rename(cycle.folder / path.name)
    found = own.refresh("sample-2022")
    assert found["state"] == "failed"
    (blocked,) = (c for c in found["checks"] if c.blocks)
    assert blocked.name == "shows_no_less"
    assert re.search(r"sufficient Members \(n_shown \d+, n_least 56\)", blocked.description), blocked.description
    assert "pmm refresh --cycle sample-2022 --accept-loss --reason WHY" in blocked.description
    assert own.file.read_bytes() == before
    found = own.refresh("sample-2022", accepts_loss=True)
    assert found["state"] == "published"
    now = kept.current(own.home)
    assert now is not None
    assert (now.record.reason, now.record.is_loss_accepted) == ("a test", True)
    monkeypatch.setenv("PMM_HOME", str(own.home.path))
    assert "loss accepted, a test" in CliRunner().invoke(app, ["publications"]).output
    # what was accepted is what the next refresh is compared with; and nobody at all is a loss too
    assert own.refresh("sample-2022")["state"] == "published"
    for path in cycle.submissions.glob("*.*"):
        path.rename(cycle.folder / path.name)
    found = own.refresh("sample-2022")
    assert [c.name for c in found["checks"] if c.blocks] == ["shows_no_less"]
    assert "sufficient Members (n_shown 0" in next(c.description for c in found["checks"] if c.blocks)
    assert own.refresh("sample-2022", accepts_loss=True)["state"] == "published"
    assert own.refresh("sample-2022")["state"] == "published"


def test_a_publication_that_fails_the_audit_is_not_published(own: Refreshed, monkeypatch: pytest.MonkeyPatch) -> None:
    def unprotected(internal: Path, target: Path, audience: Any, marts: Any, protection: Any) -> None:
        write_audience_file(internal, target, audience, marts, replace(protection, values=[], instrument_cells=[]))

    # in this process, where what writes the files can be replaced
    monkeypatch.setattr(make, "write_audience_file", unprotected)
    monkeypatch.setattr(publication, "call", lambda module, name, *given: getattr(import_module(module), name)(*given))
    before = kept.current(own.home)
    found = own.refresh("sample-2022")
    assert found["state"] == "failed"
    assert {c.name for c in found["checks"] if not c.is_passed and c.is_error} == {"disclosure_audit"}
    assert kept.current(own.home) == before
    monkeypatch.undo()
    # nor by the next refresh of another cycle, which is prepared anew
    assert own.refresh("sample-2024")["state"] == "published"


def test_what_is_restored_is_a_run_that_passes_the_same_checks(own: Refreshed) -> None:
    name = kept.publications(own.home)[0].name
    found = own.runner.restore("sample-2022", name, "a figure was wrong", lambda *_: None)
    assert found["state"] == "published"
    assert {c.name for c in found["checks"]} >= {"disclosure_audit", "publication_differences", "trends_complete"}
    now = kept.current(own.home)
    assert now is not None
    assert now.record.restored["sample-2022"].reason == "a figure was wrong"
    summary = last_run(own.instance, "sample-2022")
    assert summary is not None
    assert summary.state == "published"
    # a publication that has no figures of the cycle can't be brought back
    found = own.runner.restore("sample-2024", name, "", lambda *_: None)
    assert found["state"] == "failed"
    assert any("it has no figures of sample-2024" in line for line in found["errors"])
    assert kept.current(own.home) == now


def test_the_schedule_refreshes_the_cycles_that_are_open(own: Refreshed) -> None:
    def requested(day: str) -> list[str | None]:
        context = dg.build_schedule_context(
            instance=own.instance, scheduled_execution_time=dt.datetime.fromisoformat(f"{day}T02:00:00+00:00")
        )
        found = nightly(context, inputs=Inputs(home_path=str(own.home.path)))
        return [request.partition_key for request in found] if isinstance(found, list) else []

    assert requested("2023-11-19") == []
    assert requested("2023-11-20") == ["sample-2022"]
    assert requested("2024-06-30") == ["sample-2022"]
    assert requested("2024-07-01") == []
    assert requested("2026-11-24") == ["sample-2024"]


def test_a_cycle_that_contradicts_itself_says_so_and_is_not_published(own: Refreshed) -> None:
    roster = own.home.cycles / "sample-2024" / "roster.csv"
    roster.write_text(roster.read_text().replace("Island", "Islet", 1))
    found = own.refresh("sample-2024")
    assert found["state"] == "failed"
    assert any("'Islet' is not a group of it" in line for line in found["errors"])


QUESTIONS = re.findall(
    r"### (\d+)\. (.*?)\n\n```sql\n(.*?)```", (CODE / "docs/queries.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.parametrize(("number", "question", "query"), QUESTIONS, ids=[f"question-{number}" for number, *_ in QUESTIONS])
def test_the_questions_of_the_page_have_answers(refreshed: Refreshed, number: str, question: str, query: str) -> None:
    for audience in ("internal", "wco", "public"):
        is_for_it = "`internal.duckdb`" not in question or f"`{audience}.duckdb`" in question
        if is_for_it:
            assert rows(refreshed.home.published(audience), query), (number, audience)


def test_there_are_twenty_questions() -> None:
    assert [int(number) for number, *_ in QUESTIONS] == list(range(1, 21))


def test_check_says_of_each_submission_what_the_warehouse_finds(refreshed: Refreshed) -> None:
    cycle = get_cycle(refreshed.home, "sample-2022")
    sql = (
        "select member, n_applicable, n_reported, n_instruments_answered, is_sufficient from completeness.member_completeness "
        "where cycle = 'sample-2022'"
    )
    found = {member: tuple(rest) for member, *rest in rows(refreshed.file, sql)}
    accepted = (
        "select file, member from lineage.submissions where cycle = 'sample-2022' and state = 'accepted' and form != 'export'"
    )
    files = rows(refreshed.file, accepted)
    assert len(files) > 30
    for file, member in files:
        read = read_here(Entry(cycle.submissions / file, file), cycle, frozenset())
        said = sufficiency(read.judged[0], cycle)
        assert said is not None
        assert (said.n_applicable, said.n_reported, said.n_instruments, said.is_sufficient) == found[member], member


def test_a_refresh_that_waits_says_for_whom_and_can_be_ended_without_harm(own: Refreshed) -> None:
    command = [str(Path(sys.executable).with_name("pmm")), "refresh", "--cycle", "sample-2022", "--reason", "a test"]
    environment = {**os.environ, "PMM_HOME": str(own.home.path)}

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    # another run holds the cycle until those that wait have been seen to
    with locked(cycle_lock(own.home, "sample-2022"), "0123456789", lambda _: pytest.fail("nobody holds it")):
        (file,) = own.home.builds.glob("sample-2022/pmm.duckdb")
        with duckdb.connect(str(file)) as writing:  # and writes
            inode = file.stat().st_ino
            waiting = [start(), start(), start()]
            for one in waiting:
                assert one.stderr is not None
                assert one.stderr.readline().startswith("Another refresh of sample-2022 is running (run 01234567, since 20")
            for one, how in zip(waiting, (signal.SIGINT, signal.SIGKILL), strict=False):
                one.send_signal(how)
            for one in waiting[:2]:
                one.communicate(timeout=60)
                assert one.returncode != 0
            # nobody has put another file in its place
            assert file.stat().st_ino == inode
            writing.execute("select 1")
        summary = last_run(own.instance, "sample-2022")
        assert summary is not None
        assert summary.state == "waiting"
    waiting[2].communicate(timeout=120)
    assert waiting[2].returncode == 0
    end_dead_runs(own.instance, own.home)
    summary = last_run(own.instance, "sample-2022")
    assert summary is not None
    assert summary.state == "published"
    assert not list(own.home.warehouse.rglob(".waiting.*"))
