"""Calls of functions whose imports take seconds: each in a process that the standard library's fork server forks.

The fork server imports once what `fork_server.py` says; `warm_up` has it begin before the first call needs it.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pickle
import socket
import traceback
from contextlib import contextmanager
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any

from orchestration.warehouse.temporary import own_folder
from orchestration.warm.processes import end_with_served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

LIMIT = 3600.0
"""Seconds after which a call is given up."""


class NoAnswerError(RuntimeError):
    """A process ended without an answer: it was killed, or the system had no memory for it."""


FORK_SERVER = multiprocessing.get_context("forkserver")


IMPORTING = {
    # a package of our name in the folder at hand is not ours
    "PYTHONSAFEPATH": "1",
    # processes are killed at the end; Python's tracker of semaphores, which cleans up after them, need not mention that
    "PYTHONWARNINGS": "ignore::UserWarning:multiprocessing.resource_tracker",
    # pyarrow's usual allocator asks for a gigabyte of addresses at once, which is all that reading a file may take
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""Environment of a process that imports, and then forks."""


def warm_up(*more: str) -> None:
    """Start the fork server, which imports beside whatever else is done.

    Args:
        more: modules that it is to import besides, where it does not run yet.
    """
    own_folder()
    # its own module comes last: all that is imported by then is excluded from Python's search for garbage
    FORK_SERVER.set_forkserver_preload([*more, "orchestration.warm.fork_server"])
    with _importing():
        forkserver.ensure_running()


@contextmanager
def _importing() -> Iterator[None]:
    """Have the environment of a process that imports, for processes that are begun in the block."""
    outer = {name: os.environ.get(name) for name in IMPORTING}
    os.environ.update(IMPORTING)
    try:
        yield
    finally:
        for name, value in outer.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


_forked_by: set[int] = set()


def context() -> BaseContext:
    """How this process begins processes that are to have what it has imported: as forks, where `fork_fork_server` was called."""
    return FORK_SERVER if os.getpid() in _forked_by else multiprocessing.get_context("spawn")


def begun(function: Callable[..., object], *arguments: object) -> BaseProcess:
    """A process that calls a function: with what this one has imported where `context` gives it that, else with nothing."""
    own_folder()
    how: Any = context()
    with _importing():
        process: BaseProcess = how.Process(target=function, args=arguments)
        process.start()
    return process


def fork_fork_server(*unneeded: int) -> None:
    """Have the fork server of this process be a fork of it, which has at once what this one has imported.

    To be called before this process does anything else. What it sets are names that multiprocessing keeps to itself; where a
    later Python names them otherwise, `warm_up` starts a fork server as ever.

    Args:
        unneeded: files that are open here, which the fork server closes.
    """
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(own_folder() / "fork-server"))
    listener.listen()
    alive, held = os.pipe()
    process = os.fork()
    if process == 0:
        code = 1
        try:
            for file in (held, *unneeded):
                os.close(file)
            forkserver.main(listener.detach(), alive, [])
        except SystemExit:
            code = 0
        finally:
            os._exit(code)
    os.close(alive)
    _forked_by.add(os.getpid())
    server: Any = forkserver._forkserver
    server._forkserver_address = listener.getsockname()
    server._forkserver_alive_fd = held
    server._forkserver_pid = process
    listener.close()


class Called:
    """A call that was begun: a process that is to answer."""

    def __init__(self, module: str, name: str, arguments: tuple[object, ...], *, begins_more: bool) -> None:
        warm_up()
        self._what = f"{module}.{name}"
        self._answers, answering = FORK_SERVER.Pipe(duplex=False)
        self._process = FORK_SERVER.Process(target=_answer, args=(answering, module, name, arguments, begins_more))
        self._process.start()
        answering.close()

    @property
    def answer(self) -> Connection:
        """To be waited for with others (`multiprocessing.connection.wait`): it is ready when `result` need not wait."""
        return self._answers

    def ask_to_end(self) -> None:
        """Send the process the signal to end (SIGTERM), which it may deal with as it likes."""
        self._process.terminate()

    def result(self, limit: float = LIMIT) -> Any:
        """What the function returns; to be asked for once.

        Args:
            limit: seconds to wait for it from now on.

        Raises:
            TimeoutError: it took longer; the process was killed.
            NoAnswerError: the process ended without one.
            RuntimeError: what the function raised can't be sent.
            Exception: what the function raises.
        """
        try:
            if not self._answers.poll(limit):
                raise TimeoutError(f"{self._what} took more than {limit:g} seconds, and was ended")
            is_good, answer = self._answers.recv()
        except EOFError:
            self._process.join()
            raise NoAnswerError(f"{self._what} ended without an answer, with code {self._process.exitcode}") from None
        except BaseException:
            # whoever is asked to end must not wait for an answer that nobody wants any more, here or when Python ends
            self._process.kill()
            raise
        finally:
            self._answers.close()
            self._process.join()
        if not is_good:
            raise answer
        return answer

    def end(self) -> None:
        """End a call that nobody wants an answer of any more; one that was answered stays so."""
        self._process.kill()
        self._answers.close()
        self._process.join()


def begin(module: str, name: str, *arguments: object, begins_more: bool = False) -> Called:
    """Begin to call a module's function with picklable arguments, in a process of its own.

    Args:
        module: where the function is; it is not imported here.
        name: of the function.
        arguments: its arguments.
        begins_more: whether the function begins processes in turn, which are then forks of its own. A terminal's Ctrl-C reaches
            none of them, but whoever has begun this one.
    """
    return Called(module, name, arguments, begins_more=begins_more)


def call(module: str, name: str, *arguments: object, limit: float = LIMIT, begins_more: bool = False) -> Any:
    """Call a module's function, as `begin` does, and wait for what it returns, as `Called.result` does."""
    return begin(module, name, *arguments, begins_more=begins_more).result(limit)


def _answer(answering: Connection, module: str, name: str, arguments: tuple[object, ...], begins_more: bool) -> None:
    if begins_more:
        os.setpgid(0, 0)
        fork_fork_server(answering.fileno())
    end_with_served()
    try:
        answer: tuple[bool, Any] = (True, getattr(importlib.import_module(module), name)(*arguments))
    except Exception as error:
        traceback.print_exc()  # an error that is sent leaves behind where it was raised
        answer = (False, error)
    answering.send_bytes(_pickled(module, name, answer))


def _pickled(module: str, name: str, answer: tuple[bool, Any]) -> bytes:
    """An answer as bytes; where it can't be sent, or not be read again, an error that says what it was."""
    try:
        data = pickle.dumps(answer)
        pickle.loads(data)
    except Exception as error:
        what = f"{module}.{name} " + ("returned" if answer[0] else "raised") + f" what can't be sent: {answer[1]!r} ({error})"
        return pickle.dumps((False, RuntimeError(what)))
    return data
