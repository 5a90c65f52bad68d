"""Start the helper, and have it call a function."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.warm.wire import receive, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


ADDRESS = "PMM_WARM_SOCKET"
"""Environment variable with the helper's address; unset where there is none."""


@contextmanager
def warm_helper() -> Iterator[None]:
    """Have a helper while the block runs; where the system can't fork, there is none, and all works without."""
    if not hasattr(os, "fork") or not hasattr(socket, "send_fds"):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="pmm-") as folder:
        address = str(Path(folder) / "warm")
        # an ordinary end takes the helper most of a second, so it is told to stop; Python's tracker of semaphores, which
        # cleans up after it, need not mention that
        environment = {**os.environ, "PYTHONWARNINGS": "ignore::UserWarning:multiprocessing.resource_tracker"}
        command = [sys.executable, "-m", "orchestration.warm.server", address]
        helper = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
        os.environ[ADDRESS] = address
        try:
            yield
        finally:
            del os.environ[ADDRESS]
            if helper.stdin is not None:
                helper.stdin.close()
            helper.terminate()
            helper.wait()


def connect() -> socket.socket | None:
    """A connection to the helper; None where there is none."""
    address = os.environ.get(ADDRESS)
    if address is None:
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    for _ in range(100):
        try:
            connection.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            # it is still starting
            time.sleep(0.02)
        else:
            return connection
    connection.close()
    return None


def call(module: str, name: str, *arguments: object) -> object:
    """Call a module's function with picklable arguments, in the helper if there is one, else here.

    Args:
        module: where the function is; it is imported here only where there is no helper.
        name: of the function.
        arguments: its arguments.

    Raises:
        Exception: what the function raises.
    """
    connection = connect()
    if connection is None:
        return _call_here(module, name, arguments)
    with connection:
        send(connection, {"kind": "call", "call": pickle.dumps((_call_here, (module, name, arguments)))})
        message, _ = receive(connection)
        if "answer" not in message:
            raise RuntimeError(f"{module}.{name} ended with code {message['code']}")
    is_good, answer = pickle.loads(message["answer"])
    if not is_good:
        raise answer
    return answer


def _call_here(module: str, name: str, arguments: tuple[object, ...]) -> object:
    import importlib

    function: Callable[..., object] = getattr(importlib.import_module(module), name)
    return function(*arguments)
