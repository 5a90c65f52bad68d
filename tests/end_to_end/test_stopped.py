"""Refreshes that somebody or something stops, in two small cycles: what was published stays, and it is said why."""

from __future__ import annotations

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

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.defs.assets import publication
from orchestration.defs.runs import end_dead_runs, last_run
from orchestration.disclosure.audiences import Audience
from orchestration.inputs.cycles import get_cycle
from orchestration.publication import kept, make
from orchestration.publication.audience_file import write_audience_file
from orchestration.publication.package import write_package
from orchestration.warehouse import load
from orchestration.warehouse.answer_tables import answer_tables
from orchestration.warehouse.lock import cycle_lock, locked
from tests.end_to_end.conftest import SMALL, Refreshed, begin_refresh
from tests.lab import marts


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
    for path in cycle.submissions.glob("*.*"):
        path.rename(cycle.folder / path.name)
    found = own.refresh("one")
    assert [c.name for c in found["checks"] if c.blocks] == ["shows_no_less"]
    said = re.search(r"sufficient Members \(n_shown 0, n_least (\d+)\)", next(c.description for c in found["checks"] if c.blocks))
    assert said is not None
    assert int(said[1]) < 22
    assert own.refresh("one", accepts_loss=True)["state"] == "published"


def test_a_publication_that_fails_the_audit_or_is_not_valid_is_not_published(
    own: Refreshed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unprotected(internal: Path, target: Path, audience: Any, marts: Any, protection: Any) -> None:
        write_audience_file(internal, target, audience, marts, replace(protection, values=[], instrument_cells=[]))

    # in this process, where what writes the files can be replaced
    monkeypatch.setattr(make, "write_audience_file", unprotected)
    monkeypatch.setattr(publication, "call", lambda module, name, *given, **_: getattr(import_module(module), name)(*given))
    before = kept.current(own.home)
    found = own.refresh("one")
    assert found["state"] == "failed"
    assert {c.name for c in found["checks"] if not c.is_passed and c.is_error} == {"disclosure_audit"}
    assert kept.current(own.home) == before
    monkeypatch.setattr(make, "write_audience_file", write_audience_file)

    def misspelt(new: kept.Publication, last: kept.Publication | None, audience: Audience, *given: Any) -> None:
        write_package(new, last, audience, *given)
        path = new.package(audience.name) / "csv/kpi.kpi_performance/one.csv"
        if path.stat().st_nlink > 1:  # it is that of the publication before, which stays as it is
            path.rename(path.with_suffix(".old"))
            shutil.copyfile(path.with_suffix(".old"), path)
        path.write_text(path.read_text(encoding="utf-8").replace("not_evaluated", "not_evalauted"), encoding="utf-8")
        package = new.package(audience.name) / "datapackage.json"
        package.write_text(package.read_text(encoding="utf-8").replace("Judgement of each KPI", "judgement"), encoding="utf-8")

    monkeypatch.setattr(make, "write_package", misspelt)
    found = own.refresh("one")
    assert found["state"] == "failed"
    failed = {c.name: c.description for c in found["checks"] if not c.is_passed and c.is_error}
    assert set(failed) == {"packages_are_valid"}
    assert "not_evalauted" in failed["packages_are_valid"]
    assert kept.current(own.home) == before
    page = (own.home.data_docs / "one" / "index.html").read_text(encoding="utf-8")
    assert "These figures are not published" in page
    monkeypatch.undo()
    # nor by the next refresh of another cycle, which is prepared anew
    assert own.refresh("two")["state"] == "published"


def test_a_cycle_that_contradicts_itself_says_so_and_is_not_published(own: Refreshed) -> None:
    roster = own.home.cycles / "two" / "roster.csv"
    roster.write_text(roster.read_text().replace("North", "Norths", 1))
    found = own.refresh("two")
    assert found["state"] == "failed"
    assert any("'Norths' is not a group of it" in line for line in found["errors"])


def test_a_refresh_that_is_asked_to_end_does_so_and_says_so(own: Refreshed) -> None:
    before, new = kept.current(own.home), kept.candidate(own.home).file("internal")
    refresh = begin_refresh(own.home, "--all")
    while not new.exists():  # from here on another process decides what is shown
        assert refresh.poll() is None
        time.sleep(0.005)
    refresh.terminate()
    said = " ".join(refresh.communicate(timeout=60)[0].split())
    assert refresh.returncode == 1
    for cycle in SMALL:
        assert f"{cycle}: failed" in said
    assert said.count("It was ended before it was done") == 2
    now = kept.current(own.home)
    assert before is not None
    assert now is not None
    assert now.name == before.name
    assert own.refresh("one")["state"] == "published"


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
