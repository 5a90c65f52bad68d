"""`pmm-dbt`: what dagster-dbt runs in place of `dbt`. With a server it hands the command over, without one it runs it here.

It imports little: with a server it has nothing to do but to wait.
"""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from pathlib import Path

from orchestration.warm.processes import connected, end_with

ADDRESS = "PMM_DBT_SERVER"
"""Environment variable with the server's address; unset where there is none."""


def main() -> None:
    """Run a dbt command; output and exit code are dbt's."""
    end_with(os.getppid())
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        # what dbt takes seconds to say; dagster-dbt reads the line with the installed version
        from importlib.metadata import version

        print(f"Core:\n  - installed: {version('dbt-core')}")
        return
    connection = connect()
    child = None if connection is None else _hand_over(connection, arguments)
    if connection is None or child is None:
        from orchestration.warm import dbt_server

        environment = dict(os.environ)
        manifest = dbt_server.parse()
        os.environ.update(environment)
        sys.exit(dbt_server.run(arguments, manifest))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _: os.kill(child, got))
    try:
        code = connection.recv()
    except (EOFError, OSError):
        code = "The process that ran dbt has died."
    sys.exit(code)


def connect() -> Connection | None:
    """A connection to the server; None where there is none, or it has died."""
    address = os.environ.get(ADDRESS)
    if address is None:
        return None
    return connected(address)


def _hand_over(connection: Connection, arguments: list[str]) -> int | None:
    """Hand a command to the server; returns the process that runs it, None if the server died before there was one."""
    try:
        connection.send({"arguments": arguments, "environment": dict(os.environ), "folder": str(Path.cwd())})
        for file in (1, 2):
            send_handle(connection, file, os.getpid())
        child: int = connection.recv()
    except (EOFError, OSError):
        return None
    return child
