"""What starts refreshes: each change of the inputs is published in the end, whatever fails on the way."""

from __future__ import annotations

import time

import pytest
from dagster import DagsterInstance, SensorResult, build_sensor_context

from orchestration.cli.runner import Runner
from orchestration.defs.automation import submissions_landed
from orchestration.defs.resources import Inputs
from orchestration.defs.runs import RUN_KEY_TAG
from orchestration.inputs.home import Home
from orchestration.intake.forms.draft import Draft
from orchestration.warehouse.fingerprint import fingerprint, note_loaded, note_published
from tests.lab import SENT, answer, new_cycle, send


def test_the_sensor_asks_again_until_what_it_saw_is_published(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    clock, cursor = [1_000_000.0], [""]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    with DagsterInstance.ephemeral() as instance:

        def look(seconds: float = 0) -> list[str | None]:
            clock[0] += seconds
            context = build_sensor_context(instance=instance, cursor=cursor[0] or None)
            found = submissions_landed(context, inputs=Inputs(home_path=str(home.path)))
            assert isinstance(found, SensorResult)
            cursor[0] = found.cursor or ""
            return [request.run_key for request in found.run_requests or []]

        send(cycle, [Draft("XAA", "A", 1, SENT, {"K06": answer(value=1)}, {})], "json")
        assert look() == []  # seen, and waited for to be still
        seen = fingerprint(cycle)
        assert look(30) == [f"c {seen} 1"]
        assert look(30) == []
        # that refresh loaded the file, and then failed: it is asked for again, after pauses that grow
        note_loaded(cycle, seen)
        assert look(30) == [f"c {seen} 2"]
        assert look(60) == []
        assert look(60) == [f"c {seen} 3"]
        clock[0] -= 86_400  # a clock that is set back keeps nothing waiting
        assert look() == [f"c {seen} 4"]
        # a file that lands meanwhile is asked for by itself, once it is still
        send(cycle, [Draft("XAA", "A", 2, SENT, {"K06": answer(value=2)}, {})], "json")
        assert look(1) == []
        new = fingerprint(cycle)
        assert look(1) == [f"c {new} 1"]
        note_loaded(cycle, new)
        note_published(cycle)
        assert look(10_000) == []


@pytest.mark.usefixtures("warm_dbt")
def test_what_a_check_has_stopped_is_not_tried_again_before_a_file_changes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    # one whose submission does not suffice
    cycle = new_cycle(home, "c", {"XAA": {}}, rate=0.5)
    send(cycle, [Draft("XAA", "A", 1, SENT, {"K06": answer(value=1)}, {})], "json")
    now, ahead = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: now() + ahead[0])
    with Runner(home) as runner:
        cursor = [""]

        def look(seconds: float) -> SensorResult:
            ahead[0] += seconds
            context = build_sensor_context(instance=runner.instance, cursor=cursor[0] or None)
            found = submissions_landed(context, inputs=Inputs(home_path=str(home.path)))
            assert isinstance(found, SensorResult)
            cursor[0] = found.cursor or ""
            return found

        look(0)
        (request,) = look(30).run_requests or []
        assert request.run_key is not None
        job = runner.defs.resolve_job_def("refresh")
        tags = {RUN_KEY_TAG: request.run_key}
        done = job.execute_in_process(partition_key="c", instance=runner.instance, raise_on_error=False, tags=tags)
        assert not done.success
        found = look(10_000)
        assert not found.run_requests
        assert found.skip_reason is not None
        assert "c was stopped by shows_no_less; it is not tried again before" in (found.skip_reason.skip_message or "")
        send(cycle, [Draft("XAA", "A", 2, SENT, {"K06": answer(value=2)}, {})], "json")
        look(30)
        assert len(look(30).run_requests or []) == 1


def test_a_cursor_of_an_earlier_version_is_begun_anew(home: Home) -> None:
    new_cycle(home, "c", {"XAA": {}})
    with DagsterInstance.ephemeral() as instance:
        context = build_sensor_context(instance=instance, cursor='{"c": "0123456789abcdef"}')
        assert isinstance(submissions_landed(context, inputs=Inputs(home_path=str(home.path))), SensorResult)
