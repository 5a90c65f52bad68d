"""Messages between the helper and its clients: a length, a pickled dictionary, and open files beside the length."""

from __future__ import annotations

import pickle
import socket
import struct
from typing import Any

LENGTH = struct.Struct("!Q")


def send(connection: socket.socket, message: dict[str, Any], files: list[int] | None = None) -> None:
    """Send a message, with open files if there are any."""
    data = pickle.dumps(message)
    socket.send_fds(connection, [LENGTH.pack(len(data))], files or [])
    connection.sendall(data)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Receive a message and its files.

    Raises:
        EOFError: the other side has gone.
    """
    head, files, _, _ = socket.recv_fds(connection, LENGTH.size, 4)
    if len(head) < LENGTH.size:
        raise EOFError("the warm helper has gone")
    left = LENGTH.unpack(head)[0]
    parts = []
    while left:
        part = connection.recv(min(left, 1 << 20))
        if not part:
            raise EOFError("the warm helper has gone")
        parts.append(part)
        left -= len(part)
    return pickle.loads(b"".join(parts)), list(files)
