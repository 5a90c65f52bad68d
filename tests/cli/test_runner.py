"""A refresh beside others is asked to end by a signal, which may come at any time: what stands in for the run sends it itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration.cli import runner
from orchestration.defs.results import ENDED, failed
from orchestration.inputs.home import Home
from orchestration.publication.reasons import Reason

STEPS = ("Reading", "Publishing")


@pytest.fixture(autouse=True)
def _keep_handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


class Run:
    """In place of Dagster's: two steps, of which Dagster has its own way with signals, and then what they came to."""

    at = ""
    steps: tuple[str, ...] = ()

    def __init__(self, _: Home) -> None:
        self.signal("begun")

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.signal("closed")

    def refresh(
        self, cycle: str, show: Callable[[str, int, int], None], reason: Reason, wait: Callable[[], object]
    ) -> dict[str, Any]:
        Run.steps = ()
        for step in STEPS:
            show(step, 0, 1)
            Run.steps += (step,)
        wait()
        self.signal("published")
        return {"state": "published", "cycle": cycle, "reason": reason.text}

    def signal(self, when: str) -> None:
        if self.at == when:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("at", ["never", "begun", "published", "closed"])
def test_a_signal_before_the_run_ends_it_and_one_after_it_does_not_hide_what_it_came_to(
    at: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(runner, "Runner", Run)
    monkeypatch.setattr(Run, "at", at)
    asking, answering = multiprocessing.Pipe()
    answering.send("your turn")
    found = runner.refresh_beside_others(Home(tmp_path), "one", Reason("a test"), asking)
    if at == "begun":
        assert found == failed(ENDED)
        assert Run.steps == ()
    else:
        assert found == {"state": "published", "cycle": "one", "reason": "a test"}
        assert [answering.recv() for _ in STEPS] == [(step, 0, 1) for step in STEPS]
