"""Who writes what: one refresh of a cycle at a time, and one publication at a time.

Refreshes of two cycles build beside each other; only joining and publishing, which concern all cycles, wait for each other.
"""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from orchestration.warehouse.private import closed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orchestration.inputs.home import Home

LOCK = ".lock"
RUN = ".run"
"""Beside a lock: the run that holds it. It stays behind where the run's process dies, and says so to whoever comes next."""
WAITING = ".waiting."
"""Beside a lock, with a run's name: that it waits for the lock. It is locked while the run's process lives."""


@dataclass(frozen=True)
class Holder:
    """Whom a run waits for.

    Attributes:
        run_id: the run that holds the lock; empty where it has not said so yet.
        since: when it got it, UTC.
    """

    run_id: str
    since: dt.datetime


def cycle_lock(home: Home, cycle: str) -> Path:
    """The folder whose lock a refresh of a cycle holds from its first step to its last."""
    return home.builds / cycle


def publishing_lock(home: Home) -> Path:
    """The folder whose lock is held from the joining of all cycles to the publication."""
    return home.publications / ".turn"


@contextmanager
def locked(folder: Path, run_id: str, waiting: Callable[[Holder], None]) -> Iterator[str | None]:
    """Hold the lock of a folder while the block runs; the operating system releases it if the process dies.

    Args:
        folder: from `cycle_lock` or `publishing_lock`.
        run_id: of the run that writes.
        waiting: called once with the run that holds the lock, if another one does.

    Yields:
        the run that held the lock last and died, if it did.
    """
    closed(folder)  # whoever could open the lock could hold it
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        with _in_line(folder, run_id):
            waiting(_holder(folder))
            lock.acquire()
    try:
        dead = _take_run(folder)
        (folder / RUN).write_text(run_id, encoding="utf-8")
        yield dead
        # after an error it stays: whoever comes next sees that the run ended, in case it could not say so itself
        _take_run(folder)
    finally:
        lock.release()


def dead_runs(home: Home) -> set[str]:
    """The runs that held a lock and died, each reported once."""
    found = set()
    for path in [*home.builds.glob(f"*/{RUN}"), publishing_lock(home) / RUN]:
        lock = FileLock(path.with_name(LOCK))
        try:
            lock.acquire(timeout=0)
        except (Timeout, FileNotFoundError):
            continue
        try:
            found.add(_take_run(path.parent))
        finally:
            lock.release()
    return {run_id for run_id in found if run_id}


def dead_waiters(home: Home) -> set[str]:
    """The runs that died while they waited for a lock, each reported once: they did nothing, and nothing failed."""
    found = set()
    for path in [*home.builds.glob(f"*/{WAITING}*"), *publishing_lock(home).glob(f"{WAITING}*")]:
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except (Timeout, FileNotFoundError):
            continue
        path.unlink(missing_ok=True)
        lock.release()
        found.add(path.name.removeprefix(WAITING))
    return found


@contextmanager
def _in_line(folder: Path, run_id: str) -> Iterator[None]:
    path = folder / f"{WAITING}{run_id}"
    with FileLock(path):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _holder(folder: Path) -> Holder:
    path = folder / RUN
    try:
        return Holder(path.read_text(encoding="utf-8"), dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC))
    except FileNotFoundError:
        return Holder("", dt.datetime.now(dt.UTC))


def _take_run(folder: Path) -> str | None:
    path = folder / RUN
    if not path.exists():
        return None
    run_id = path.read_text(encoding="utf-8")
    path.unlink()
    return run_id or None
