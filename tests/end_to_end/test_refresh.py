"""Whole refreshes of the sample cycles: real files, real DuckDB, real dbt, real Dagster runs."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import CODE, Home
from orchestration.intake.forms.draft import Draft
from orchestration.sample import read_targets, write_sample
from tests.lab import answer, marts, new_home, rows, send

CYCLES = ("sample-2022", "sample-2024")


class Refreshed:
    """The sample cycles, refreshed once by the code that `pmm refresh` runs."""

    def __init__(self, home: Home) -> None:
        from orchestration.cli.refresh_run import Refresher

        self.home = home
        self.file = home.published("internal")
        self.refresher = Refresher(home)
        self.results = {cycle: self.refresh(cycle) for cycle in CYCLES}
        self.first = {cycle: marts(self.file, cycle) for cycle in CYCLES}

    def refresh(self, cycle: str) -> dict[str, Any]:
        return self.refresher.refresh(cycle, lambda *_: None)


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refreshed]:
    home = new_home(tmp_path_factory.mktemp("refresh") / "home")
    for cycle in CYCLES:
        write_sample(home, read_targets(home, cycle))
    before = dict(os.environ)
    folder = Path.cwd()
    os.environ["PMM_HOME"] = str(home.path)
    from orchestration.warm.client import warm_helper

    try:
        with warm_helper():
            yield Refreshed(home)
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)


def test_a_refresh_says_what_it_came_to(refreshed: Refreshed) -> None:
    found = refreshed.results["sample-2022"]
    assert found["state"] == "published"
    assert found["errors"] == []
    counts = found["counts"]
    assert (counts["n_members"], counts["n_sufficient"]) == (105, 62)
    assert counts["n_cells"] == counts["n_loaded"] + counts["n_set_aside"]
    assert counts["states"]["rejected"] == 6
    unmet = {check.name for check in found["checks"] if not check.is_passed}
    assert unmet == {"files_accounted_for", "kpi_response"}
    assert not any(check.is_error for check in found["checks"] if not check.is_passed)


def test_every_table_says_that_sample_cycles_are_synthetic(refreshed: Refreshed) -> None:
    for name in refreshed.first["sample-2022"]:
        assert rows(refreshed.file, f"select distinct data_origin from {name}") == [("synthetic",)]


def test_each_model_is_an_asset_that_says_what_it_is(refreshed: Refreshed) -> None:
    from orchestration.definitions import defs

    specs = list(defs.resolve_all_asset_specs())
    assert {"reference/kpis", "aggregate/kpi_by_group", "staging/stg_kpis", "raw/kpi_answers", "publication/public"} <= {
        s.key.to_user_string() for s in specs
    }
    for spec in specs:
        assert spec.description, spec.key
        assert spec.group_name != "default", spec.key
        assert spec.owners, spec.key
        assert "duckdb" in spec.kinds, spec.key
        assert spec.partitions_def is not None, spec.key
    instance = refreshed.refresher.instance
    for key in (["raw", "kpi_answers"], ["aggregate", "kpi_by_group"], ["publication", "internal"]):
        event = instance.get_latest_materialization_event(dg.AssetKey(key))
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["dagster/partition_row_count"].value > 0


def test_every_check_links_to_a_page_that_is_there(refreshed: Refreshed) -> None:
    from orchestration.defs.runs import last_run

    summary = last_run(refreshed.refresher.instance, "sample-2022")
    assert summary is not None
    assert summary.state == "published"
    events = refreshed.refresher.instance.get_records_for_run(
        summary.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    pages = []
    for record in events:
        event = record.event_log_entry.dagster_event
        assert event is not None
        metadata = event.asset_check_evaluation_data.metadata
        if "data_docs" in metadata:
            pages.append(Path(str(metadata["data_docs"].value).removeprefix("file://")))
    assert len(pages) == 12
    assert all(page.stat().st_size > 1000 for page in pages)
    folder = refreshed.home.data_docs / "sample-2022"
    overview = (folder / "index.html").read_text(encoding="utf-8")
    assert "Synthetic cycle" in overview
    assert "1 of 51: K44" in overview
    links = re.findall(r'<a href="([^"]+)"', overview)
    assert {(folder / link).resolve() for link in links} == {page.resolve() for page in pages}


def test_a_check_can_be_run_by_itself(refreshed: Refreshed) -> None:
    """As the button of Dagster's pages does: without a partition, on the cycle that was loaded last."""
    from orchestration.definitions import defs

    selection = dg.AssetSelection.checks(
        dg.AssetCheckKey(dg.AssetKey(["raw", "files"]), "files_accounted_for"),
        dg.AssetCheckKey(dg.AssetKey(["publication", "candidate"]), "disclosure_audit"),
        dg.AssetCheckKey(dg.AssetKey(["publication", "candidate"]), "publication_differences"),
    )
    job = defs.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection=set(), asset_check_selection={*selection.resolve_checks(defs.resolve_asset_graph())}
    )
    result = job.execute_in_process(instance=refreshed.refresher.instance)
    found = {e.check_name: e.passed for e in result.get_asset_check_evaluations()}
    assert found["disclosure_audit"]
    assert found["publication_differences"]
    assert "files_accounted_for" in found


def test_building_all_from_nothing_in_another_order_gives_the_same_rows(refreshed: Refreshed) -> None:
    refreshed.refresher.begin_anew()
    for cycle in reversed(CYCLES):
        assert refreshed.refresh(cycle)["state"] == "published"
        assert marts(refreshed.file, cycle) == refreshed.first[cycle]


def test_dagsters_own_command_gives_the_same_rows(refreshed: Refreshed) -> None:
    shutil.rmtree(refreshed.home.warehouse / "publications")
    environment = {k: v for k, v in os.environ.items() if k not in ("PMM_WARM_SOCKET", "DAGSTER_HOME")}
    command = ["asset", "materialize", "--select", "*", "--partition", "sample-2022", "-m", "orchestration.definitions"]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dagster")), *command],
        cwd=refreshed.home.path,
        env={**environment, "PYTHONPATH": str(CODE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    # the file was gone, so the other cycle came from the build file
    for cycle in CYCLES:
        assert marts(refreshed.file, cycle) == refreshed.first[cycle]


def test_a_correction_changes_its_own_cycle_and_no_other(refreshed: Refreshed) -> None:
    from orchestration.defs.automation import submissions_landed

    instance = refreshed.refresher.instance
    context = dg.build_sensor_context(instance=instance)

    def look() -> list[str]:
        found = submissions_landed(context)
        return [r.partition_key for r in found if isinstance(r, dg.RunRequest)]  # type: ignore[union-attr, misc]

    assert look() == []
    assert look() == []
    cycle = get_cycle(refreshed.home, "sample-2022")
    member = next(iter(cycle.roster))
    send(cycle, [Draft(member, member, 9, dt.datetime(2024, 6, 1), {"K06": answer(value=77)}, {})], "json")
    assert look() == []  # seen, and waited for to be still
    assert look() == ["sample-2022"]
    found = refreshed.refresh("sample-2022")
    assert found["state"] == "published"
    # one Member's answers are in no total any more: whoever kept the last file could take the difference
    (told,) = (c for c in found["checks"] if c.name == "publication_differences")
    assert not told.is_passed
    assert not told.is_error
    assert f"the answer of {member}" in told.description
    assert look() == []
    now = marts(refreshed.file, "sample-2022")
    assert now != refreshed.first["sample-2022"]
    other, before = marts(refreshed.file, "sample-2024"), dict(refreshed.first["sample-2024"])
    # what compares the two cycles belongs to both, and moves with either
    assert other.pop("aggregate.kpi_trends") != before.pop("aggregate.kpi_trends")
    assert other == before
    assert rows(
        refreshed.file,
        "select is_sufficient from completeness.member_completeness where cycle = 'sample-2022' and member = ?",
        member,
    ) == [(False,)]
    states = rows(
        refreshed.file,
        "select state from lineage.submissions where cycle = 'sample-2022' and member = ? order by revision",
        member,
    )
    assert states[-1] == ("accepted",)
    assert set(states[:-1]) == {("superseded",)}


def test_a_critical_failure_publishes_nothing(refreshed: Refreshed, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.defs.assets import submissions

    def lossy(intake: Any) -> Any:
        tables = raw_tables(intake)
        return {**tables, "kpi_answers": tables["kpi_answers"].slice(1)}

    raw_tables = submissions.raw_tables
    monkeypatch.setattr(submissions, "raw_tables", lossy)
    before = refreshed.file.read_bytes()
    found = refreshed.refresh("sample-2022")
    assert found["state"] == "failed"
    assert {c.name for c in found["checks"] if not c.is_passed and c.is_error} == {"files_accounted_for"}
    assert refreshed.file.read_bytes() == before
    monkeypatch.undo()
    # another cycle's refresh does not publish what was left half done
    kept = marts(refreshed.file, "sample-2022")
    assert refreshed.refresh("sample-2024")["state"] == "published"
    assert marts(refreshed.file, "sample-2022") == kept


def test_a_publication_that_fails_the_audit_is_not_published(refreshed: Refreshed, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.publication import kept as publications

    write = publications.write_audience_file
    monkeypatch.setattr(publications, "write_audience_file", lambda *given: write(*given, suppress=False))
    before = publications.current(refreshed.home)
    found = refreshed.refresh("sample-2022")
    assert found["state"] == "failed"
    assert {c.name for c in found["checks"] if not c.is_passed and c.is_error} == {"disclosure_audit"}
    assert publications.current(refreshed.home) == before


@pytest.mark.usefixtures("refreshed")
def test_the_schedule_refreshes_the_cycles_that_are_open() -> None:
    from orchestration.defs.automation import nightly

    def requested(day: str) -> list[str]:
        context = dg.build_schedule_context(scheduled_execution_time=dt.datetime.fromisoformat(f"{day}T02:00:00+00:00"))
        found = nightly(context)
        return [r.partition_key for r in found if isinstance(r, dg.RunRequest)]  # type: ignore[union-attr, misc]

    assert requested("2023-11-19") == []
    assert requested("2023-11-20") == ["sample-2022"]
    assert requested("2024-06-30") == ["sample-2022"]
    assert requested("2024-07-01") == []
    assert requested("2026-11-24") == ["sample-2024"]


def test_a_cycle_that_contradicts_itself_is_told_and_not_published(refreshed: Refreshed) -> None:
    roster = refreshed.home.cycles / "sample-2024" / "roster.csv"
    shutil.copy(roster, roster.with_suffix(".kept"))
    roster.write_text(roster.read_text().replace("Island", "Islet", 1))
    found = refreshed.refresh("sample-2024")
    shutil.move(roster.with_suffix(".kept"), roster)
    assert found["state"] == "failed"
    assert any("'Islet' is not a group of it" in line for line in found["errors"])


QUESTIONS = re.findall(
    r"### (\d+)\. (.*?)\n\n```sql\n(.*?)```", (CODE / "docs/queries.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.parametrize(("number", "question", "query"), QUESTIONS, ids=[f"question-{number}" for number, *_ in QUESTIONS])
def test_the_questions_of_the_page_have_answers(refreshed: Refreshed, number: str, question: str, query: str) -> None:
    for audience in ("internal", "wco", "public"):
        is_for_it = audience == "internal" or "`internal.duckdb`" not in question
        if is_for_it:
            assert rows(refreshed.home.published(audience), query), (number, audience)


def test_there_are_twenty_questions() -> None:
    assert [int(number) for number, *_ in QUESTIONS] == list(range(1, 21))
