"""No process outlives the one that it works for, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal
from multiprocessing import parent_process, util
from multiprocessing.connection import wait
from threading import Thread

PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Have the system kill this process when its parent ends (Linux: prctl(2), PR_SET_PDEATHSIG).

    Args:
        parent: its process number, since it may have ended already.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def let_go_of_names() -> None:
    """Remove the names of this process's semaphores, which go on without: Python does so when a process ends of itself only.

    Where it was killed, Python's tracker removes them, and warns of it at the end of whatever started the tracker.
    """
    util._run_finalizers()  # type: ignore[attr-defined]


def served() -> int:
    """What can be waited for, and is ready when the process that the fork server serves has ended.

    That one is not the parent of what the fork server forks; and the fork server itself stays while one of these does.
    """
    process = parent_process()
    if process is None:
        raise RuntimeError("this process was not started by another")
    return process.sentinel


def end_with_served() -> None:
    """Have a thread end this process with the one that the fork server serves."""

    def watch() -> None:
        wait([served()])
        os._exit(1)

    Thread(target=watch, daemon=True).start()
