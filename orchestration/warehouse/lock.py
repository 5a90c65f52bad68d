"""The one writer's lock: whatever starts a refresh, the build file is written by one process at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orchestration.home import Home


@contextmanager
def writing(home: Home, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock while the block runs; the operating system releases it if the process dies.

    Args:
        home: whose warehouse is written.
        waiting: told once, in a sentence, if another refresh has to be waited for.
    """
    home.warehouse.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.warehouse / ".writing.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting("Another refresh is writing the warehouse; this one begins when that has ended.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
