"""Whether somebody asked this process to end, whoever dealt with the signal.

Dagster puts signals off while it runs, and forgets one that comes after a run's last step.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDING = {signal.SIGINT, signal.SIGTERM}


@contextmanager
def asked_to_end() -> Iterator[Callable[[], bool]]:
    """While the block runs, whether a signal to end has come in it (Python: `signal.set_wakeup_fd`).

    Yields:
        what says so. Of another thread than the main one, which no signal reaches, it is always false.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    came: set[int] = set()

    def is_asked() -> bool:
        with suppress(BlockingIOError):  # none since
            came.update(os.read(reading, 4096))
        return bool(came & ENDING)

    try:
        yield is_asked
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)
