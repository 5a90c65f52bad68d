"""Launches runs where all is imported already: that takes 5 s before a run begins, and 5 more while it goes on.

Dagster's own launcher has the code server start a process for each run, which imports all anew. While the code server looks
for changes (`keep_server`), it keeps a process that has imported everything (`run_server.py`); `WarmLauncher`, in the daemon,
hands it the run, and it forks. Where there is none, or the code has changed since, runs are launched as Dagster does.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from dagster import DefaultRunLauncher
from dagster._core.code_pointer import ModuleCodePointer
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import serialize_value

from orchestration.inputs.home import Home
from orchestration.warehouse.code_version import code_stamp
from orchestration.warm.processes import connected, user_of
from orchestration.warm.workers import IMPORTING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from dagster._core.launcher import LaunchRunContext
    from dagster._core.origin import JobPythonOrigin

DEFINITIONS = "orchestration.definitions"
READY = "ready"
LONGEST_IMPORT = 60.0
"""Seconds that a server which still imports is waited for."""
PAUSE = 600.0
"""Seconds until a server that ended is started again."""
PROCESS_TAG = "pmm/process"
"""Which process runs a run that a server has begun."""


class WarmLauncher(DefaultRunLauncher):
    """Dagster's launcher of runs, but for those that a server takes."""

    def launch_run(self, context: LaunchRunContext) -> None:
        """Have the server begin the run; without one, the code server."""
        run, origin = context.dagster_run, context.job_code_origin
        connection = ready(address()) if origin is not None and _is_ours(origin) else None
        if origin is None or connection is None:
            super().launch_run(context)
            return
        with connection:
            arguments = serialize_value(ExecuteRunArgs(origin, run.run_id, self._instance.get_ref()))
            connection.send({"arguments": arguments, "run_id": run.run_id})
            # from here on the run may have begun: should the server die now, the daemon says that it could not be launched
            process = connection.recv()
        self._instance.add_run_tags(run.run_id, {PROCESS_TAG: json.dumps(_identity(process))})

    def terminate(self, run_id: str) -> bool:
        """Have the process that runs the run end it; this is called in any process, as that of Dagster's pages."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or PROCESS_TAG not in run.tags:
            return bool(super().terminate(run_id))  # type: ignore[no-untyped-call]
        self._instance.report_run_canceling(run)
        identity = json.loads(run.tags[PROCESS_TAG])
        if identity != _identity(identity["process"]):
            said = f"The process that runs it is not on this machine ({socket.gethostname()}), or has ended."
            self._instance.report_engine_event(said, run, cls=type(self))
            return False
        os.kill(identity["process"], signal.SIGINT)
        return True


def _identity(process: int) -> dict[str, str | int | None]:
    """What tells a process from a later one with the same number, and from those of other machines."""
    try:
        # its start is the 22nd field (proc(5)), the 20th after the name, which may hold anything
        started = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except OSError:
        started = None
    return {"machine": socket.gethostname(), "process": process, "started": started}


def _is_ours(origin: JobPythonOrigin) -> bool:
    """Whether a run is of these definitions and this Python; others may be in Dagster's workspace too."""
    repository = origin.repository_origin
    pointer = repository.code_pointer
    module = pointer.module if isinstance(pointer, ModuleCodePointer) else None
    return module == DEFINITIONS and repository.executable_path == sys.executable


def address() -> str:
    """Where the server listens that has this code imported, for this home, folder and user."""
    own = (code_stamp(), sys.executable, str(Path.cwd()), str(Home.current().path), str(os.getuid()))
    return f"pmm-runs-{hashlib.sha256('|'.join(own).encode()).hexdigest()[:24]}"


def ready(name: str, limit: float = LONGEST_IMPORT) -> Connection | None:
    """A connection to a server that is ready; None where there is none."""
    connection = connected(name)
    if connection is None:
        return None
    with contextlib.suppress(EOFError, OSError):
        if user_of(connection) == os.getuid() and connection.poll(limit) and connection.recv() == READY:
            return connection
    connection.close()
    return None


class Keeper:
    """Keeps a server that has imported the code as it is now.

    Args:
        command: that starts it; it is given the numbers of two open files, the socket to listen on and what ends it.
    """

    def __init__(self, *command: str) -> None:
        self._command = command
        self._lock = Lock()
        self._address = ""
        self._since = -PAUSE
        self._servers: list[subprocess.Popen[bytes]] = []
        self._alive: int | None = None

    def keep(self) -> None:
        """Start the server unless there is one; where the code has changed, another one, and the last ends after its runs."""
        with self._lock:
            self._servers = [server for server in self._servers if server.poll() is None]
            wanted = address()
            if wanted == self._address and (self._servers or time.monotonic() < self._since + PAUSE):
                return
            self._let_go()
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
                try:
                    # listening from now on: whoever connects while the server still imports waits for it
                    listener.bind(f"\0{wanted}")
                except OSError:
                    return  # another code server of this home keeps one
                listener.listen()
                self._start(listener)
                self._address, self._since = wanted, time.monotonic()

    def _start(self, listener: socket.socket) -> None:
        alive, self._alive = os.pipe()
        files = (listener.fileno(), alive)
        command, settings = [*self._command, *map(str, files)], os.environ | IMPORTING
        try:
            server = subprocess.Popen(command, pass_fds=files, stdin=subprocess.DEVNULL, env=settings)
        finally:
            os.close(alive)
        self._servers.append(server)

    def end(self) -> None:
        """Let the server end, and wait for it: it does so when the last of its runs has."""
        with self._lock:
            self._let_go()
            for server in self._servers:
                server.wait()

    def _let_go(self) -> None:
        if self._alive is not None:
            os.close(self._alive)
            self._alive = None


KEEPER = Keeper(sys.executable, "-m", "orchestration.defs.run_server")


def keep_server() -> None:
    """Keep a server for this code server's runs, which wait for it at the end, as for those that it runs itself.

    Elsewhere (tests, `dagster sensor preview`) it does nothing, as such a process ends soon.
    """
    if _is_code_server():
        atexit.unregister(KEEPER.end)
        atexit.register(KEEPER.end)
        KEEPER.keep()


def _is_code_server() -> bool:
    """Whether this process is Dagster's code server, `dagster api grpc ...`."""
    return sys.argv[1:3] == ["api", "grpc"]
