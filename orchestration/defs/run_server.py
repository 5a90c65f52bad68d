"""Has all imported that a refresh needs, and runs each run that it is given in a fork of itself.

`launcher.py` starts it, from Dagster's code server, and hands it the runs that the daemon launches. It lives as long as the code
server, and as long as a run goes on. It listens on a socket of Linux's abstract namespace, so that nothing is left in any
folder, and serves its own user alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from dagster._cli.api import execute_run_command
from dagster._core.instance import DagsterInstance
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import deserialize_value

from orchestration.definitions import build_defs
from orchestration.defs.launcher import READY
from orchestration.defs.runs import end_dead_run
from orchestration.inputs.home import Home
from orchestration.warehouse.temporary import own_folder
from orchestration.warm import dbt_server
from orchestration.warm.garbage import kept_for_good
from orchestration.warm.imports import import_all
from orchestration.warm.processes import forked, user_of
from orchestration.warm.workers import fork_fork_server

LONGEST_REQUEST = 10.0
"""Seconds that whoever connects may take to say what is to be done."""


@dataclass(frozen=True)
class Run:
    """A run that goes on.

    Attributes:
        process: that runs it.
        arguments: as Dagster's command `dagster api execute_run` takes them.
        run_id: Dagster's.
    """

    process: int
    arguments: str
    run_id: str


def serve(listener: socket.socket, alive: int) -> None:
    """Run what is asked for, until the code server has ended and the last run too.

    Args:
        listener: the socket to listen on.
        alive: a file that can be read when the code server has ended.
    """
    runs: dict[int, Run] = {}
    is_open = True
    while is_open or runs:
        openings: list[socket.socket | int] = [listener, alive] if is_open else []
        ready = wait([*openings, *runs])
        for ended in set(runs).intersection(ready):
            _end(runs.pop(ended), ended)
        if alive in ready:
            # who asks from now on is refused, and has the run begun in another way
            listener.close()
            is_open = False
        elif listener in ready:
            client, _ = listener.accept()
            with Connection(client.detach()) as connection, contextlib.suppress(EOFError, OSError):
                if user_of(connection) == os.getuid():
                    connection.send(READY)
                    if connection.poll(LONGEST_REQUEST):
                        ended, run = _begun(connection.recv(), connection.fileno(), listener.fileno(), alive)
                        runs[ended] = run
                        connection.send(run.process)


def _begun(asked: dict[str, str], *unneeded: int) -> tuple[int, Run]:
    """Begin a run; returns what can be read when it has ended, and the run."""
    ended, held_by_run = os.pipe()
    process = forked(lambda: _execute(asked["arguments"], held_by_run), ended, *unneeded)
    os.close(held_by_run)
    return ended, Run(process, asked["arguments"], asked["run_id"])


def _execute(arguments: str, held: int) -> int:
    """Run a run, as `dagster api execute_run` does in a process of its own."""
    own_folder()
    fork_fork_server(held)
    result: Any = execute_run_command.main(args=[arguments], standalone_mode=False)
    return result if isinstance(result, int) else 0


def _end(run: Run, ended: int) -> None:
    """See that a run which has ended has an end in Dagster's history too."""
    os.close(ended)
    if os.waitstatus_to_exitcode(os.waitpid(run.process, 0)[1]) != 0:
        os.waitpid(forked(lambda: _tell(run)), 0)


def _tell(run: Run) -> int:
    with DagsterInstance.from_ref(deserialize_value(run.arguments, ExecuteRunArgs).instance_ref) as instance:  # type: ignore[arg-type]
        end_dead_run(instance, run.run_id)
    return 0


def main() -> None:
    """Import all, and serve; the arguments are the numbers of two open files, the socket and `alive`."""
    listener, alive = int(sys.argv[1]), int(sys.argv[2])
    # what is sent to the whole group of processes is for the runs, which end in order
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    import_all()
    with kept_for_good():
        build_defs(Home.current()).resolve_job_def("refresh")
        dbt_server.parse()
    serve(socket.socket(fileno=listener), alive)


if __name__ == "__main__":
    main()
