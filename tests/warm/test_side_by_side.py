"""Calls side by side: the same answers in the same order, and no process that outlives the one that asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.warm.side_by_side import SideBySide
from orchestration.warm.workers import call
from tests.lab import processes_of, wait_until

HERE = os.getpid()


def square_and_process(number: int) -> tuple[int, int]:
    if number < 0:
        raise ValueError(f"{number} is below zero")
    return number**2, os.getpid()


def die_elsewhere(asker: int) -> int:
    """End the process, unless it is the one that asked."""
    if os.getpid() != asker:
        os.kill(os.getpid(), signal.SIGKILL)
    return asker


def sleep(seconds: int) -> None:
    Path(f"{os.getpid()}.sleeps").touch()
    time.sleep(seconds)


def sleep_twice() -> None:
    with SideBySide(2) as side_by_side:
        side_by_side.map(sleep, [600, 600], lambda _: True)


def test_answers_are_in_the_order_of_what_was_asked_and_small_ones_are_given_here() -> None:
    with SideBySide(2) as side_by_side:
        answers = side_by_side.map(square_and_process, range(7), lambda number: number > 2)
    assert [square for square, _ in answers] == [number**2 for number in range(7)]
    assert {process for _, process in answers[:3]} == {HERE}
    assert HERE not in {process for _, process in answers[3:]}


def test_one_large_call_is_no_reason_for_another_process() -> None:
    with SideBySide(2) as side_by_side:
        assert side_by_side.map(square_and_process, [1, 2], lambda number: number > 1) == [(1, HERE), (4, HERE)]


def test_an_error_is_raised_where_it_was_asked_for() -> None:
    with pytest.raises(ValueError, match="-1 is below zero"), SideBySide(2) as side_by_side:
        side_by_side.map(square_and_process, [1, -1, 2], lambda _: True)


def test_where_the_system_ends_a_process_its_calls_are_made_here() -> None:
    with SideBySide(2) as side_by_side:
        assert side_by_side.map(die_elsewhere, [HERE] * 3, lambda _: True) == [HERE] * 3


def squares_and_processes() -> list[tuple[int, int]]:
    with SideBySide(2) as side_by_side:
        return side_by_side.map(square_and_process, range(4), lambda _: True)


@pytest.mark.parametrize("begins_more", [False, True])
def test_a_process_of_the_fork_server_can_have_its_own(begins_more: bool) -> None:
    """Where a refresh decides what is shown."""
    answers = call("tests.warm.test_side_by_side", "squares_and_processes", begins_more=begins_more)
    assert [square for square, _ in answers] == [0, 1, 4, 9]
    assert HERE not in {process for _, process in answers}


@pytest.mark.parametrize(
    "how",
    [
        "sleep_twice()",
        "call('tests.warm.test_side_by_side', 'sleep_twice')",
        "call('tests.warm.test_side_by_side', 'sleep_twice', begins_more=True)",
    ],
)
def test_none_is_left_of_who_is_killed(tmp_path: Path, how: str) -> None:
    code = (
        "from orchestration.warm.workers import call\n"
        "from tests.warm.test_side_by_side import sleep_twice\n"
        f"if __name__ == '__main__':\n    {how}\n"
    )
    mark = f"PMM_TEST_MARK={tmp_path}"
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PMM_TEST_MARK": str(tmp_path), "PYTHONPATH": root}
    outer = subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=tmp_path)
    wait_until(lambda: len(list(tmp_path.glob("*.sleeps"))) == 2)
    outer.kill()
    outer.wait()
    wait_until(lambda: not processes_of(mark))
