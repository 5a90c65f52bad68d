"""Who is told of a failure, and what a damaged history of runs comes to: a real command, a real server, real files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import dagster as dg
import pytest

from orchestration.cli.runner import Runner
from orchestration.defs.alerts import alert_of, alerts_sensor
from orchestration.defs.history import SHARED, mend_history
from orchestration.defs.runs import instance_of, last_run
from orchestration.inputs.alerts import read_alerts
from orchestration.inputs.home import Home
from orchestration.inputs.records import InputError
from tests.lab import new_cycle


@pytest.fixture
def posted() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that is busy at first; its address, and what it was sent."""
    found: list[dict[str, Any]] = []
    answers = iter([503])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            code = next(answers, 200)
            if code == 200:
                found.append(json.loads(body))
            self.send_response(code)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", found
    server.shutdown()


@pytest.mark.usefixtures("warm_dbt")
def test_a_failed_run_is_told_with_its_reason_and_what_to_do(
    home: Home, tmp_path: Path, posted: tuple[str, list[dict[str, Any]]]
) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    address, found = posted
    told = tmp_path / "told.json"
    code = f"import pathlib, sys; pathlib.Path({str(told)!r}).write_text(sys.stdin.read())"
    alerts = f"command = {json.dumps([sys.executable, '-c', code])}\nwebhook = {json.dumps(address)}\n"
    (home.path / "alerts.toml").write_text(alerts)
    with Runner(home) as runner:
        # nobody sent anything: the refresh is stopped
        assert runner.refresh("c", lambda *_: None)["state"] == "failed"
        summary = last_run(runner.instance, "c")
        assert summary is not None
        run = runner.instance.get_run_by_id(summary.run_id)
        assert run is not None
        (failure,) = runner.instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE).records
        event = failure.event_log_entry.dagster_event
        assert event is not None
        context = dg.build_run_status_sensor_context("failures_told", event, runner.instance, run).for_run_failure()
        alerts_sensor(home)(context)
    assert found == [json.loads(told.read_text())]
    (alert,) = found
    assert (alert["job"], alert["cycle"], alert["run"]) == ("refresh", "c", summary.run_id)
    assert alert["reason"].startswith("shows_no_less: ")
    assert "sufficient Members (n_shown 0, n_least 1)" in alert["reason"]
    assert "docs/runbook.md" in alert["to_do"]
    assert cycle.name in alert["reason"]


def test_an_alert_says_nothing_that_is_the_secretariats_alone(home: Home) -> None:
    secret = "1234.5678"

    @dg.asset_check(asset="a", name="disclosure_audit", blocking=True)
    def disclosure_audit() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, description=f"XAA, {secret}")

    @dg.asset
    def a() -> None: ...

    @dg.asset
    def b() -> None:
        float(f"{secret}x")

    @dg.asset
    def c() -> None:
        raise OSError(f"[Errno 28] No space left on device: {secret!r}")

    with instance_of(home) as instance:
        told = []
        for asset in ([a, disclosure_audit], [b], [c]):
            result = dg.materialize(asset, instance=instance, raise_on_error=False)
            told.append(alert_of(instance, instance.get_runs()[0]).reason)
            assert not result.success
    assert told[0].startswith("disclosure_audit: ")
    assert told[1] == "b failed with ValueError; the run's page says more."
    assert told[2].startswith("The disk is full")
    assert secret not in "".join(told[:2])


def test_a_wrong_file_of_alerts_is_refused(home: Home) -> None:
    (home.path / "alerts.toml").write_text("webhook = 'ftp://elsewhere'\n")
    with pytest.raises(InputError, match=r"alerts\.toml"):
        read_alerts(home)


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("harm", ["text", "cut"])
def test_a_damaged_history_is_set_aside_and_a_new_one_begun(home: Home, name: str, harm: str) -> None:
    with instance_of(home) as instance:
        instance.add_dynamic_partitions("cycle", ["c"])
    assert mend_history(home) is None
    file = home.warehouse / "dagster" / name
    file.write_bytes(b"no database" * 1000 if harm == "text" else file.read_bytes()[:5000])
    said = mend_history(home)
    assert said is not None
    assert name in said
    assert list(home.warehouse.glob("dagster-damaged-*"))
    with instance_of(home) as instance:
        instance.add_dynamic_partitions("cycle", ["c"])
        assert instance.get_runs() == []
    assert mend_history(home) is None
