"""The helper: imports what is heavy, then forks a child for each job. It ends when the process that started it does."""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import selectors
import socket
import sys
import traceback
from typing import Any

from orchestration.warm.wire import receive, send

PRELOAD = ("dbt.cli.main", "dbt.adapters.duckdb", "orchestration.completeness.run")


def serve(address: str) -> None:
    """Listen on a Unix socket until standard input closes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(address)
        listener.listen()
        for module in PRELOAD:
            importlib.import_module(module)
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(sys.stdin, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if sys.stdin in ready:
                    return
                connection, _ = listener.accept()
                with connection:
                    _serve_one(connection)


def _serve_one(connection: socket.socket) -> None:
    job, files = receive(connection)
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = _dbt(job, files) if job["kind"] == "dbt" else _call(job, connection)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    for file in files:
        os.close(file)
    if job["kind"] == "dbt":
        send(connection, {"pid": pid})
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):  # a client that has its answer need not wait for the code
        send(connection, {"code": os.waitstatus_to_exitcode(status)})


def _dbt(job: dict[str, Any], files: list[int]) -> int:
    from dbt.cli.main import cli

    os.environ.clear()
    os.environ.update(job["environment"])
    os.chdir(job["folder"])
    os.dup2(files[0], 1)
    os.dup2(files[1], 2)
    sys.argv = ["dbt", *job["arguments"]]
    try:
        cli(job["arguments"])
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0


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
