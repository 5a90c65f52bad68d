"""Has dbt imported and the project parsed, and runs each command in a fork of itself, as many at once as are handed to it.

It imports beside the fork server, on another processor: both take seconds. It listens on a socket of Linux's abstract
namespace, so that nothing is left in any folder, and serves its own user alone.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import recv_handle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.warehouse.build import NAME
from orchestration.warehouse.dbt import FOLDERS, TARGET, parsing
from orchestration.warehouse.held import held
from orchestration.warm.dbt import ADDRESS
from orchestration.warm.garbage import kept_for_good
from orchestration.warm.processes import end_with, forked, let_go_of_names, served, user_of
from orchestration.warm.workers import begun

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def dbt_server() -> Iterator[None]:
    """Have a server while the block runs."""
    address = f"pmm-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        # listening from now on: whoever connects while the server still imports waits for it, and is refused if it dies
        listener.bind(f"\0{address}")
        listener.listen()
        outer = os.environ.get(ADDRESS)
        os.environ[ADDRESS] = address
        server = None
        # without a server dbt runs all the same
        with listener, contextlib.suppress(EOFError, OSError):
            server = begun(serve, listener)
        # the server has a socket of its own; with one here too, who connects to a server that died would wait for ever
        try:
            yield
        finally:
            os.environ.pop(ADDRESS)
            if outer is not None:
                os.environ[ADDRESS] = outer
            if server is not None:
                server.kill()
                server.join()


def serve(listener: socket.socket) -> None:
    """Import dbt, and then take commands, of one client or of several.

    Args:
        listener: the socket to listen on.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for whom it serves, who then ends it
    with listener:
        with kept_for_good():
            manifest = parse()
        let_go_of_names()
        running: list[_Command] = []
        # a client sends nothing after its command: that its connection can be read says that it has gone
        while served() not in (ready := wait(_awaited(listener, running))):
            for command in [one for one in running if one.ended in ready or one.client in ready]:
                running.remove(command)
                command.finish(is_wanted=command.ended in ready)
            if listener in ready and (begun := _begin(listener, manifest)) is not None:
                running.append(begun)
        for command in running:
            command.finish(is_wanted=False)


def _awaited(listener: socket.socket, running: list[_Command]) -> list[Any]:
    return [listener, served(), *(one.ended for one in running), *(one.client for one in running)]


@dataclass(frozen=True)
class _Command:
    """A command that a fork of the server runs.

    Attributes:
        process: the fork.
        ended: can be read when it has ended.
        client: who is to be told of its exit code.
    """

    process: int
    ended: int
    client: Connection

    def finish(self, *, is_wanted: bool) -> None:
        """Tell the client how it ended; one that nobody wants any more is killed."""
        if not is_wanted:
            os.kill(self.process, signal.SIGKILL)
        os.close(self.ended)
        code = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        with self.client, contextlib.suppress(BrokenPipeError):
            self.client.send(code)


def parse() -> Any:
    """The parsed dbt project; None where it does not parse, so that the command itself says why."""
    from dbt.cli.main import dbtRunner

    # what the model in Python imports, too
    for module in ("dbt.adapters.duckdb", "orchestration.statistics.correlation"):
        importlib.import_module(module)
    for name in ("DBT_TARGET_PATH", "DBT_LOG_PATH"):
        os.environ.pop(name, None)
    with parsing():
        # the manifest's file is for those who read it; it is written where the project's files are newer
        done = dbtRunner().invoke(["--quiet", "--no-write-json", "parse", *FOLDERS, "--log-path", str(TARGET)])
    return done.result if done.success else None


def leave_out_what_nobody_reads() -> None:
    """Have dbt make messages and lines only for a log that takes them, and not look for where its own flags come from.

    It fills a form for each of thousands of debug events, makes a message of it, and a line of each message for each log, and
    throws them away: a quarter of its time; and it reads the source of all that is being called, a dozen times a command, for a
    word in a warning. Should a later dbt do or name things otherwise, all works the same.
    """
    from dbt.tracking import track_behavior_change_warn
    from dbt_common.behavior_flags import BehaviorFlagRendered
    from dbt_common.events import logger
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager

    levels: dict[str, int] = {level.value: number for level, number in logger._log_level_map.items()}
    fire_event, write_line = EventManager.fire_event, logger._Logger.write_line

    def takes(log: logger._Logger, level: str) -> bool:
        return log._python_logger is None or log._python_logger.isEnabledFor(levels[level])

    def fire_if_read(self: EventManager, e: BaseEvent, level: EventLevel | None = None, *args: Any, **kwargs: Any) -> None:
        is_fine = (level or e.level_tag()) is EventLevel.DEBUG
        # dbt itself listens to all for its telemetry, of which it sends warnings alone
        listening = any(callback is not track_behavior_change_warn for callback in self.callbacks)
        if not is_fine or listening or any(takes(log, EventLevel.DEBUG.value) for log in self.loggers):
            fire_event(self, e, level, *args, **kwargs)

    def write_if_read(self: logger._Logger, msg: Any) -> None:
        if logger._is_print_event(msg) or takes(self, msg.info.level):
            write_line(self, msg)

    fill = BaseEvent.__init__

    def keep(self: BaseEvent, *args: Any, **kwargs: Any) -> None:
        self.__dict__["_given"] = args, kwargs  # an ordinary assignment would go to the form

    def form(self: BaseEvent) -> Any:
        if "_form" not in self.__dict__:
            args, kwargs = self.__dict__["_given"]
            fill(self, *args, **kwargs)
        return self.__dict__["_form"]

    def set_form(self: BaseEvent, filled: Any) -> None:
        self.__dict__["_form"] = filled

    BaseEvent.__init__ = keep  # type: ignore[method-assign]
    BaseEvent.pb_msg = property(form, set_form)
    EventManager.fire_event = fire_if_read  # type: ignore[method-assign]
    logger._Logger.write_line = write_if_read  # type: ignore[method-assign]
    BehaviorFlagRendered._default_source = staticmethod(lambda: "dbt")  # type: ignore[method-assign]


def run(arguments: list[str], manifest: Any) -> int:
    """Run a dbt command; the manifest is given, so that another build file does not make dbt parse anew.

    Returns:
        dbt's exit code.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    with contextlib.suppress(ImportError, AttributeError):
        leave_out_what_nobody_reads()
    folder = os.environ.get("DBT_TARGET_PATH")
    with held(Path(folder) / NAME) if folder else contextlib.nullcontext():
        done = dbtRunner(manifest).invoke(arguments)
        # a fork ends without the clean-up of an ordinary exit, and DuckDB writes its log into the file when it is closed
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if done.exception is not None:
        print(done.exception, file=sys.stderr)
        return 2
    return 0 if done.success else 1


def _begin(listener: socket.socket, manifest: Any) -> _Command | None:
    """Begin the command of who connects; None where that is another user, or has gone."""
    connection = Connection(listener.accept()[0].detach())
    try:
        if user_of(connection) != os.getuid():
            connection.close()
            return None
        job = connection.recv()
        files = [recv_handle(connection) for _ in range(2)]
    except (EOFError, OSError):
        connection.close()
        return None
    ended, held_by_child = os.pipe()
    server = os.getpid()

    def run_job() -> int:
        end_with(server)
        return _in_place_of_client(job, files, manifest)

    child = forked(run_job, ended)
    for file in [*files, held_by_child]:
        os.close(file)
    with contextlib.suppress(BrokenPipeError):
        connection.send(child)
    return _Command(child, ended, connection)


def _in_place_of_client(job: dict[str, Any], files: list[int], manifest: Any) -> int:
    os.environ.clear()
    os.environ.update(job["environment"])
    os.chdir(job["folder"])
    os.dup2(files[0], 1)
    os.dup2(files[1], 2)
    sys.argv = ["dbt", *job["arguments"]]
    return run(job["arguments"], manifest)
