"""Calls of one function that do not need one another, several at once where each is much work.

The processes are not forks of the one that asks, which may have threads by then. They end with it, however it ends.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from threadpoolctl import threadpool_limits

from orchestration.warm.processes import end_with_served
from orchestration.warm.workers import context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class SideBySide:
    """As many processes as there are processors, begun when there is work for more than one."""

    def __init__(self, n_processes: int | None = None) -> None:
        self.n_processes = len(os.sched_getaffinity(0)) if n_processes is None else n_processes
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> SideBySide:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=error is None, cancel_futures=True)

    def map(self, function: Callable[[Asked], Answer], asked: Sequence[Asked], is_much: Callable[[Asked], bool]) -> list[Answer]:
        """Call a function for each of some arguments.

        Args:
            function: at a module's top, so that another process finds it; it gives the same wherever it is called.
            asked: its arguments, picklable.
            is_much: whether a call is so much work that sending it to another process is little beside it.

        Returns:
            what it returns, in the arguments' order.

        Raises:
            Exception: what the function raises.
        """
        much = [number for number, one in enumerate(asked) if is_much(one)]
        if len(much) < 2 or self.n_processes < 2:
            return [function(one) for one in asked]
        answers: dict[int, Answer] = {}
        try:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(self.n_processes, mp_context=context(), initializer=end_with_served)
            pending = {number: self._pool.submit(_call, function, asked[number]) for number in much}
            answers |= {number: function(one) for number, one in enumerate(asked) if number not in pending}
            for number, future in pending.items():
                answers[number] = future.result()
        except BrokenProcessPool:
            # the system ended a process, for want of memory most likely: one by one it takes less
            self.n_processes, self._pool = 1, None
        return [answers[number] if number in answers else function(one) for number, one in enumerate(asked)]


def _call(function: Callable[[Asked], Answer], asked: Asked) -> Answer:
    _have_one_thread()
    return function(asked)


@cache
def _have_one_thread() -> None:
    """With several processes at work, threads only wait for one another; to say so before each call takes longer than many do."""
    threadpool_limits(1)
