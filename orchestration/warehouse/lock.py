"""The one writer's lock: whatever starts a refresh, the build file is written by one process at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orchestration.home import Home


@contextmanager
def writing(home: Home, waiting: Callable[[str], None], run_id: str = "") -> Iterator[str | None]:
    """Hold the lock while the block runs; the operating system releases it if the process dies.

    Args:
        home: whose warehouse is written.
        waiting: told once, in a sentence, if another refresh has to be waited for.
        run_id: of the run that writes; it stands in a file while the lock is held, and is left there if the process dies.

    Yields:
        the run that held the lock last and died, if it did.
    """
    lock = _lock(home)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting("Another refresh is writing the warehouse; this one begins when that has ended.")
        lock.acquire()
    try:
        dead = _take_writer(home)
        _writer(home).write_text(run_id, encoding="utf-8")
        yield dead
        _take_writer(home)
    except BaseException:
        # an error that is raised is no death: whoever raised it tells of it
        _take_writer(home)
        raise
    finally:
        lock.release()


def dead_writer(home: Home) -> str | None:
    """The run that held the lock and died, told once; None while one is alive or if the last one ended."""
    lock = _lock(home)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    try:
        return _take_writer(home)
    finally:
        lock.release()


def _lock(home: Home) -> FileLock:
    home.warehouse.mkdir(parents=True, exist_ok=True)
    return FileLock(home.warehouse / ".writing.lock")


def _writer(home: Home) -> Path:
    return home.warehouse / ".writing.run"


def _take_writer(home: Home) -> str | None:
    path = _writer(home)
    if not path.exists():
        return None
    run_id = path.read_text(encoding="utf-8")
    path.unlink()
    return run_id or None
