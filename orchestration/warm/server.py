"""The helper: imports what is heavy and reads the dbt project, then forks a child for each job.

It ends when the process that started it does.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import select
import signal
import socket
import sys
import traceback
from typing import Any

from orchestration.garbage import kept_for_good
from orchestration.home import DBT_PROJECT, Home
from orchestration.warehouse.dbt import dbt_environment, dbt_target
from orchestration.warm.wire import receive, send


def serve(address: str) -> None:
    """Listen on a Unix socket until standard input closes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(address)
        listener.listen()
        with kept_for_good():
            manifest = _dbt_manifest()
            importlib.import_module("orchestration.completeness.run")
            importlib.import_module("orchestration.statistics.correlation")
            importlib.import_module("orchestration.publication.audit")
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            with connection:
                _serve_one(connection, manifest)


def _dbt_manifest() -> Any:
    """The parsed dbt project; None where it does not parse, so that the command itself says why."""
    from dbt.cli.main import dbtRunner

    importlib.import_module("dbt.adapters.duckdb")
    home = Home.current()
    os.environ.update(dbt_environment(home))
    folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    target = dbt_target(home)
    done = dbtRunner().invoke(["--quiet", "parse", *folders, "--target-path", str(target), "--log-path", str(target)])
    return done.result if done.success else None


def _serve_one(connection: socket.socket, manifest: Any) -> None:
    job, files = receive(connection)
    ended, held_by_child = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ended)
        code = 70
        try:
            code = _dbt(job, files, manifest) if job["kind"] == "dbt" else _call(job, connection)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    for file in [*files, held_by_child]:
        os.close(file)
    if job["kind"] == "dbt":
        send(connection, {"pid": pid})
    # the pipe says that the child has ended; standard input, that the process that started the helper has
    if sys.stdin in select.select([ended, sys.stdin], [], [])[0]:
        # it died: what it had begun must not go on writing
        os.kill(pid, signal.SIGKILL)
    os.close(ended)
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):  # a client that has its answer need not wait for the code
        send(connection, {"code": os.waitstatus_to_exitcode(status)})


def _dbt(job: dict[str, Any], files: list[int], manifest: Any) -> int:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ.clear()
    os.environ.update(job["environment"])
    os.chdir(job["folder"])
    os.dup2(files[0], 1)
    os.dup2(files[1], 2)
    sys.argv = ["dbt", *job["arguments"]]
    done = dbtRunner(manifest).invoke(job["arguments"])
    # a child ends without the clean-up of an ordinary exit, and DuckDB writes its log into the file when it is closed
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if done.exception is not None:
        print(done.exception, file=sys.stderr)
        return 2
    return 0 if done.success else 1


def _call(job: dict[str, Any], connection: socket.socket) -> int:
    function, arguments = pickle.loads(job["call"])  # from the process that started this one
    try:
        answer: tuple[bool, Any] = (True, function(*arguments))
    except Exception as error:
        answer = (False, error)
    send(connection, {"answer": pickle.dumps(answer)})
    return 0


if __name__ == "__main__":
    serve(sys.argv[1])
