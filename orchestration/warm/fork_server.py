"""What the fork server imports before it forks: `workers.py` names this module, and nothing else imports it.

It alone does something when it is imported, since that is all that the standard library lets a fork server do.
"""

import atexit
import contextlib
import os
import socket
from pathlib import Path

from orchestration.warm.imports import import_all

import_all()


def _listening() -> Path | None:
    """The socket that this process listens on."""
    for name in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(name.name))) as found:
            if found.family == socket.AF_UNIX and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return Path(found.getsockname())
    return None


def _end() -> None:
    """End at once: an ordinary end takes most of a second, and DuckDB's module then prints what it has not freed."""
    # the process that this one serves removes its socket and its folder, unless it was killed
    if SOCKET is not None:
        with contextlib.suppress(OSError):
            SOCKET.unlink(missing_ok=True)
            SOCKET.parent.rmdir()
    os._exit(0)


SOCKET = _listening()
atexit.register(_end)
