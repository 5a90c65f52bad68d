"""The daemon: what lands is published, by a run that begins where all is imported already, and which can be ended."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dagster import DagsterRun, DagsterRunStatus, RunsFilter

from orchestration.defs.launcher import PROCESS_TAG, address, ready
from orchestration.inputs.cycles import get_cycle
from orchestration.publication import kept
from tests.end_to_end.conftest import Refreshed

LONGEST = 120.0


@contextmanager
def daemon(own: Refreshed, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Dagster's daemon at work on a home."""
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-m", "orchestration.definitions"]
    places = {"PMM_HOME": str(own.home.path), "DAGSTER_HOME": str(own.home.path)}
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=own.home.path, env=os.environ | places, stdout=file, stderr=file)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(LONGEST)


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


class Changes:
    """Changes of a cycle's files, and the runs that the sensor has begun for them."""

    def __init__(self, own: Refreshed) -> None:
        self._instance = own.instance
        self._file = get_cycle(own.home, "one").folder / "cycle.toml"
        self._before = {run.run_id for run in self._runs()}

    def _runs(self) -> list[DagsterRun]:
        return list(self._instance.get_runs(RunsFilter(tags={"dagster/partition": "one"})))

    def make(self, pattern: str, text: str) -> str:
        """Change the files; returns the run that this begins, which goes on."""
        self._file.write_text(re.sub(pattern, text, self._file.read_text(), count=1))
        new: list[str] = []

        def is_going_on() -> bool:
            new[:] = [r.run_id for r in self._runs() if r.run_id not in self._before and r.status == DagsterRunStatus.STARTED]
            return bool(new)

        until(is_going_on)
        self._before.update(new)
        return new[0]

    def run(self, run_id: str) -> DagsterRun:
        run = self._instance.get_run_by_id(run_id)
        assert run is not None
        return run

    def process(self, run_id: str) -> int:
        """The process that runs a run, which the daemon notes as soon as it has launched it."""
        until(lambda: PROCESS_TAG in self.run(run_id).tags)
        return int(json.loads(self.run(run_id).tags[PROCESS_TAG])["process"])

    def ended(self, run_id: str) -> DagsterRunStatus:
        until(lambda: self.run(run_id).is_finished)
        return self.run(run_id).status


def test_what_lands_is_published_by_runs_that_can_be_ended(
    own: Refreshed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, changes = kept.current(own.home), Changes(own)
    with daemon(own, tmp_path / "daemon.log") as process:
        # whoever changes a closed cycle that is published must say why, which the daemon can't
        first = changes.make("closes = .*", "closes = 2999-12-31")
        assert changes.ended(first) == DagsterRunStatus.SUCCESS
        assert changes.process(first) > 0
        published = kept.current(own.home)
        assert before is not None
        assert published is not None
        assert published.name != before.name

        # somebody ends one on Dagster's pages, which are another process than the daemon
        ended = changes.make("$", "# a second change\n")
        changes.process(ended)
        assert own.instance.run_launcher.terminate(ended)
        assert changes.ended(ended) == DagsterRunStatus.CANCELED

        # the system ends one, which can't say so itself
        killed = changes.make("$", "# a third change\n")
        os.kill(changes.process(killed), signal.SIGKILL)
        assert changes.ended(killed) == DagsterRunStatus.FAILURE
        assert any("ended before it could say why" in event.message for event in own.instance.all_logs(killed))
        assert kept.current(own.home) == published

        # the daemon is stopped while one goes on, which comes to its end
        last = changes.make("$", "# a fourth change\n")
        process.terminate()
        process.wait(LONGEST)
        assert changes.ended(last) == DagsterRunStatus.SUCCESS
        assert changes.process(last) > 0
        monkeypatch.chdir(own.home.path)
        monkeypatch.setenv("PMM_HOME", str(own.home.path))
        until(lambda: ready(address(), 1) is None)
