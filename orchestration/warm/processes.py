"""No process outlives the one that it works for, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import sys
import traceback
from multiprocessing import parent_process, util
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PR_SET_PDEATHSIG = 1
FAILED = 70


def connected(name: str) -> Connection | None:
    """A connection to who listens on a name of Linux's abstract namespace; None where nobody does."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.connect(f"\0{name}")
    except ConnectionRefusedError:
        client.close()
        return None
    return Connection(client.detach())


def user_of(connection: Connection) -> int:
    """The user whose process is at the other end."""
    with socket.socket(fileno=os.dup(connection.fileno())) as found:
        _, user, _ = struct.unpack("3i", found.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return int(user)


def end_with(parent: int) -> None:
    """Have the system kill this process when its parent ends (Linux: prctl(2), PR_SET_PDEATHSIG).

    Args:
        parent: its process number, since it may have ended already.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def forked(function: Callable[[], int], *unneeded: int) -> int:
    """A process that calls a function, and ends with the code that it returns, or `FAILED`.

    Args:
        function: to call.
        unneeded: files that are open here, which it closes.
    """
    process = os.fork()
    if process != 0:
        return process
    code = FAILED
    try:
        for file in unneeded:
            os.close(file)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        code = function()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        let_go_of_names()
        os._exit(code)


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
