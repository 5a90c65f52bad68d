"""Refreshes side by side: real processes, in which what stands in for a refresh waits, fails or dies as its cycle's name says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from orchestration.cli import several
from orchestration.defs.results import ENDED
from orchestration.inputs.home import Home
from orchestration.publication.reasons import Reason
from tests.lab import processes_of, wait_until

HERE = "tests.cli.test_several"


def refresh_beside_others(home: Home, cycle: str, reason: Reason, asking: Connection) -> dict[str, Any]:
    """In place of that of `runner.py`: keeps a diary of when it began to build, was built, and had been published."""

    def note(what: str) -> None:
        (home.path / f"{cycle}.{what}").write_text(f"{time.monotonic()}")
        asking.send((what, 0, 0))

    note("begun")
    kind = cycle.partition("-")[2]
    if kind == "waits":
        wait_until(lambda: len(list(home.path.glob("*.built"))) == 2)
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "full":
        raise OSError(28, "No space left on device")
    if kind == "broken":
        raise ValueError("no such thing")
    if kind == "asks":  # as somebody would, when others go on
        wait_until(lambda: len(list(home.path.glob("*.begun"))) == 2)
        main = parent_process()
        assert main is not None
        assert main.pid is not None
        os.kill(main.pid, signal.SIGTERM)
    if kind in {"asks", "endless"}:
        time.sleep(600)
    note("built")
    asking.recv()
    note("published")
    return {"state": "published", "reason": reason.text}


@pytest.fixture(autouse=True)
def _in_place_of_the_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(several, "RUNNER", HERE)


def refreshed(folder: Path, names: list[str], n_at_once: int) -> dict[str, dict[str, Any]]:
    """What each came to, in the order in which they ended."""
    shown: list[tuple[Any, ...]] = []
    found = several.refresh_several(Home(folder), names, Reason("a test"), n_at_once, lambda *one: shown.append(one))
    result = {name: said for name, said, seconds in found if seconds > 0}
    assert {one[0] for one in shown} == set(result)
    return result


def diary(folder: Path, what: str) -> dict[str, float]:
    return {path.stem: float(path.read_text()) for path in folder.glob(f"*.{what}")}


@pytest.mark.parametrize("n_at_once", [1, 3])
def test_they_are_built_side_by_side_and_published_in_order(tmp_path: Path, n_at_once: int) -> None:
    names = ["a-waits" if n_at_once == 3 else "a", "b", "c"]
    found = refreshed(tmp_path, names, n_at_once)
    assert all(one == {"state": "published", "reason": "a test"} for one in found.values())
    published = diary(tmp_path, "published")
    assert list(found) == sorted(published, key=published.__getitem__) == names
    built_before = [name for name, at in diary(tmp_path, "built").items() if at < published[names[0]]]
    assert sorted(built_before) == names[:n_at_once]


def test_where_one_fails_the_others_go_on_and_it_says_why(tmp_path: Path) -> None:
    found = refreshed(tmp_path, ["a-killed", "b-full", "c-broken", "d"], 2)
    assert {name: one["state"] for name, one in found.items()} == {
        "a-killed": "failed",
        "b-full": "failed",
        "c-broken": "failed",
        "d": "published",
    }
    assert found["a-killed"]["errors"] == [several.KILLED]
    assert found["b-full"]["errors"][0].startswith("The disk is full")
    assert found["c-broken"]["errors"] == ["ValueError: no such thing"]


def test_a_signal_ends_those_that_go_on_and_none_is_begun_after_it(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    found = refreshed(tmp_path, ["a-asks", "b-endless", "c"], 2)
    assert {name: one["errors"] for name, one in found.items()} == {"a-asks": [ENDED], "b-endless": [ENDED]}
    assert set(diary(tmp_path, "begun")) == {"a-asks", "b-endless"}
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_nothing_is_left_where_the_command_is_killed(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from tests.cli import test_several\n"
        "if __name__ == '__main__':\n"
        f"    test_several.several.RUNNER = {HERE!r}\n"
        f"    test_several.refreshed(Path({str(tmp_path)!r}), ['a-endless', 'b-endless'], 2)\n"
    )
    outer = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PMM_TEST_MARK": str(tmp_path)})
    mark = f"PMM_TEST_MARK={tmp_path}"
    try:
        wait_until(lambda: len(list(tmp_path.glob("*.begun"))) == 2)
        assert len(processes_of(mark)) >= 4  # itself, the fork server, and two refreshes
    finally:
        outer.kill()
        outer.wait()
    wait_until(lambda: not processes_of(mark))


def test_no_more_are_begun_than_there_is_memory_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert several._memory() > 2**29
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    for memory, expected in ((2**29, 1), (5 * 2**30, 2), (2**40, 8)):
        monkeypatch.setattr(several, "_memory", lambda memory=memory: memory)
        assert several.most_at_once() == expected
