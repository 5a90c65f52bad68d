"""The sample cycles, refreshed: what a refresh says, what is there afterwards, and that the page of queries has answers."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import dagster as dg
import pytest
from starlette.testclient import TestClient

from orchestration.defs.automation import nightly
from orchestration.defs.resources import Inputs
from orchestration.defs.runs import last_run
from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import CODE
from orchestration.intake.check import sufficiency
from orchestration.intake.folder import Entry
from orchestration.intake.processes import read_here
from orchestration.publication import kept
from orchestration.publication.audit.certificate import read_certificate
from orchestration.sample import read_targets, write_sample
from orchestration.serving.address import PORT, address_of
from orchestration.serving.app import app_of, key_of
from tests.end_to_end.conftest import Refreshed
from tests.lab import marts, new_cycle, new_home, rows

CYCLES = ("sample-2022", "sample-2024")


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


def test_a_runs_log_is_short_enough_to_read(refreshed: Refreshed) -> None:
    summary = last_run(refreshed.instance, "sample-2022")
    assert summary is not None
    log = refreshed.instance.all_logs(summary.run_id)
    kinds = Counter(event.dagster_event_type for event in log)
    # an event for each asset and each check, and few others
    results = kinds[dg.DagsterEventType.ASSET_MATERIALIZATION] + kinds[dg.DagsterEventType.ASSET_CHECK_EVALUATION]
    assert 200 < results < len(log) < results + 50


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
        if "page" in metadata:
            pages.append(str(metadata["page"].value))
    assert len(pages) == 18
    # as `pmm pages` serves them
    client = TestClient(app_of(refreshed.home, PORT), base_url=address_of())
    client.get("/", params={"key": key_of(refreshed.home)})
    overview = client.get(pages[0]).text
    assert "the Members and figures of this cycle are invented" in overview
    assert "1 of 51: K44" in overview
    assert "These figures are published, as" in overview
    for page in pages:
        address, _, suite = page.partition("#")
        assert f'<table id="{suite}">' in client.get(address).text
    for link in re.findall(r'<a href="([^"#]+)"', overview):
        assert client.get(urljoin(pages[0], link)).status_code == 200, link
    aside = client.get(urljoin(pages[0], "set_aside.html")).text
    n_places = rows(refreshed.file, "select count(*) from lineage.rejections where cycle = 'sample-2022'")[0][0]
    assert f"in {n_places} places" in aside
    assert aside.count("<tr><td>") >= n_places


def test_the_schedule_refreshes_the_cycles_that_are_open(refreshed: Refreshed) -> None:
    def requested(day: str) -> list[str | None]:
        # the context opens the instance once more, and closes it; a resource given to the schedule would make a second context,
        # which nobody closes: Dagster would go on with an instance that is gone, in whatever test comes next
        with dg.build_schedule_context(
            instance=refreshed.instance,
            scheduled_execution_time=dt.datetime.fromisoformat(f"{day}T02:00:00+00:00"),
            resources={"inputs": Inputs(home_path=str(refreshed.home.path))},
        ) as context:
            found = nightly(context)
        return [request.partition_key for request in found] if isinstance(found, list) else []

    assert requested("2023-11-19") == []
    assert requested("2023-11-20") == ["sample-2022"]
    assert requested("2024-06-30") == ["sample-2022"]
    assert requested("2024-07-01") == []
    assert requested("2026-11-24") == ["sample-2024"]
    # as long as nobody has sent anything there is nothing to refresh
    new_cycle(refreshed.home, "later", {"XAA": {}})
    assert requested("2023-11-20") == ["sample-2022"]
    shutil.rmtree(refreshed.home.cycles / "later")


LEAST_SHOWN = {
    "wco": {"means of groups": 0.98 * 1543, "quartiles": 3 * 666, "panels": 360},
    "public": {"means of groups": 0.98 * 1039, "quartiles": 3 * 418, "panels": 241},
}
"""As many means as are aimed at; quartiles of groups, of which each counts now, and panels as when only values were hidden and
none was proved safe from those who reckon."""


def test_protection_withholds_no_more_than_it_has_to(refreshed: Refreshed) -> None:
    now = kept.current(refreshed.home)
    assert now is not None
    certificate = read_certificate(now)
    assert certificate is not None
    for audience, least in LEAST_SHOWN.items():
        shown = certificate["audiences"][audience]["shown_of_possible"]
        assert {kind: shown[kind]["shown"] for kind, n in least.items() if shown[kind]["shown"] < n} == {}, audience


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
