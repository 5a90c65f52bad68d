"""Refreshes of several cycles side by side: each in a process that has Dagster imported. They publish in the cycles' order."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Pipe, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.cli.signals import ENDING, asked_to_end
from orchestration.defs.results import ENDED, failed
from orchestration.warehouse.storage import storage_problem
from orchestration.warm.workers import Called, NoAnswerError, begin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

    from orchestration.inputs.home import Home
    from orchestration.publication.reasons import Reason

RUNNER = "orchestration.cli.runner"
KILLED = (
    "Its process was ended from outside, for want of memory most likely, before it could say why. "
    "With fewer at once (--jobs 1) there is more for each."
)
MEMORY = 2 * 2**30
"""Bytes that one refresh may take: those of a cycle of 12,000 Members do (docs/scale.md)."""


def most_at_once() -> int:
    """How many refreshes this machine does side by side: as many as it has processors, where there is memory for them."""
    return max(1, min(len(os.sched_getaffinity(0)), _memory() // MEMORY))


def _memory() -> int:
    """Bytes of memory of this machine, or of the container (control groups, version 2) where that is given less."""
    found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    with suppress(OSError, ValueError):  # there is none, or it may have all
        group = Path("/proc/self/cgroup").read_text(encoding="utf-8").strip().rpartition("::")[2].rstrip("/")
        found.append(int(Path(f"/sys/fs/cgroup{group}/memory.max").read_text(encoding="utf-8")))
    return min(found)


@dataclass
class _Refresh:
    """A refresh that goes on.

    Attributes:
        called: the process.
        link: to it; it sends its progress, and waits for its turn to publish.
        began: seconds of `time.monotonic`.
        is_open: whether it has sent something: from then on Dagster's history is there, and the next one may open it.
        has_turn: whether it was told that it may publish.
    """

    called: Called
    link: Connection
    began: float = field(default_factory=time.monotonic)
    is_open: bool = False
    has_turn: bool = False

    def pass_on(self, show: Callable[[str, int, int], None]) -> None:
        """Pass on what progress it has sent."""
        with suppress(EOFError, OSError):  # the process has died: its answer says so
            while self.link.poll():
                progress = self.link.recv()
                self.is_open = True
                show(*progress)

    def give_turn(self) -> None:
        """Let it publish."""
        if not self.has_turn:
            self.has_turn = True
            with suppress(OSError):
                self.link.send(True)


def refresh_several(
    home: Home, names: Sequence[str], reason: Reason, n_at_once: int, show: Callable[[str, str, int, int], None]
) -> Iterator[tuple[str, dict[str, Any], float]]:
    """Refresh cycles, several at once.

    A signal to end is passed on to those that go on; none is begun after it.

    Args:
        home: whose cycles they are.
        names: of the cycles, in the order in which they are to be published; the same in all commands, as each waits for those
            before it.
        reason: why, where that has to be said.
        n_at_once: how many go on at a time.
        show: called with a cycle's name and its progress.

    Yields:
        of each cycle, as soon as its refresh has ended, the name, what `Runner.refresh` says of it, and the seconds it took.
    """
    waiting, going, is_asked_to_end = list(names), dict[str, _Refresh](), False
    with asked_to_end() as asked:
        try:
            while waiting or going:
                if waiting and len(going) < n_at_once and all(one.is_open for one in going.values()):
                    name = waiting.pop(0)
                    going[name] = _begin(home, name, reason)
                    show(name, "Starting", 0, 0)
                next(iter(going.values())).give_turn()
                ready = wait([asked, *(what for one in going.values() for what in (one.link, one.called.answer))])
                if asked in ready and not ENDING.isdisjoint(os.read(asked, 4096)):
                    waiting, is_asked_to_end = [], True
                    for one in going.values():
                        one.called.ask_to_end()
                for name, one in list(going.items()):
                    one.pass_on(lambda *progress, name=name: show(name, *progress))
                    if one.called.answer in ready:
                        del going[name]
                        one.link.close()
                        yield name, _result(one.called, is_asked_to_end=is_asked_to_end), time.monotonic() - one.began
        finally:
            for one in going.values():
                one.called.end()
                one.link.close()


def _begin(home: Home, name: str, reason: Reason) -> _Refresh:
    link, asking = Pipe()
    with asking:
        return _Refresh(begin(RUNNER, "refresh_beside_others", home, name, reason, asking, begins_more=True), link)


def _result(called: Called, *, is_asked_to_end: bool) -> dict[str, Any]:
    """What a refresh came to; where its process could not say, that it failed, and why."""
    try:
        found: dict[str, Any] = called.result()
    except NoAnswerError:
        error = ENDED if is_asked_to_end else KILLED
    except Exception as raised:
        error = storage_problem(raised) or f"{type(raised).__name__}: {raised}"
    else:
        return found
    return failed(error)
