"""Whether somebody asks this process to end, for a command that only waits and has to pass it on."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDING = frozenset({int(signal.SIGINT), int(signal.SIGTERM)})


@contextmanager
def asked_to_end() -> Iterator[int]:
    """While the block runs, signals to end do nothing but be told of (Python: `signal.set_wakeup_fd`).

    Yields:
        a file that can be read when a signal has come, with a byte for each that has its number: one of `ENDING`, or another
        that is dealt with elsewhere. Outside the main thread, which alone can see to signals, none ever comes.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    is_main = threading.current_thread() is threading.main_thread()
    try:
        if not is_main:
            yield reading
            return
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        handlers = {number: signal.signal(number, lambda *_: None) for number in ENDING}
        try:
            yield reading
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
    finally:
        os.close(reading)
        os.close(writing)
