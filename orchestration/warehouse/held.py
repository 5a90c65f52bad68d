"""Files that others may have open: no reader, with whatever tool, keeps this process from opening them.

DuckDB locks a file with fcntl (https://duckdb.org/docs/stable/connect/concurrency): shared to read, exclusive to write. Such
a lock belongs to the file and not to its name. So where somebody's lock is in the way of writing, a copy takes the name: they
keep the file that they opened, and this process has one of its own. Where it is in the way of reading, a copy elsewhere is
read: whoever writes may be another refresh, whose file keeps its name.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration.warehouse.sql import literal
from orchestration.warehouse.temporary import own_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Config = dict[str, str | bool | int | float | list[str]]

ATTEMPTS = 100
"""How often what somebody else was quicker at is tried anew: to lock a file between our lock and DuckDB's, say."""


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a file while the block has it open for writing.

    All locks of a process on a file end when it closes the file once. So a file is closed before the block ends, and where
    it is opened again, it is held again.

    Args:
        path: of the file; it has nobody else's lock on it afterwards.
    """
    with ExitStack() as stack:
        if path.exists():  # what is not there yet, nobody has open
            stack.callback(os.close, _locked(path))
        yield


def remove(folder: Path) -> None:
    """Remove a folder, whatever others begin in it meanwhile.

    A shell that has a file open writes its log beside the file, and a folder that gets a file while it is emptied is not
    removed. So it takes another name first, under which nobody looks for it.

    Args:
        folder: it need not be there.

    Raises:
        OSError: it can't be given another name.
    """
    if folder.exists():
        folder.replace(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".removed"))
    # those, too, that a process left that was killed
    for left in folder.parent.glob(".*.removed"):
        for _ in range(ATTEMPTS):
            shutil.rmtree(left, ignore_errors=True)
            if not left.exists():
                break


@contextmanager
def connected(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a file."""
    with ExitStack() as stack:
        if read_only:
            yield _opened(stack, {"": path}, lambda files: duckdb.connect(str(files[""]), read_only=True))
        else:
            yield _opened_to_write(stack, path)


@contextmanager
def attached(target: Path | None = None, config: Config | None = None, /, **files: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with files attached for reading.

    Args:
        target: a file to write that nobody else opens; None for a database in memory.
        config: DuckDB's configuration.
        files: by the name under which each is attached.
    """

    def connect(files: dict[str, Path]) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:" if target is None else str(target), config=config or {})
        try:
            for name, path in files.items():
                connection.execute(f"attach {literal(path)} as {name} (read_only)")
        except BaseException:
            connection.close()
            raise
        return connection

    with ExitStack() as stack:
        yield _opened(stack, files, connect)


def _opened(
    stack: ExitStack, files: dict[str, Path], connect: Callable[[dict[str, Path]], duckdb.DuckDBPyConnection]
) -> duckdb.DuckDBPyConnection:
    """A connection that reads files, each itself or a copy."""

    def attempt(inner: ExitStack) -> duckdb.DuckDBPyConnection:
        return inner.enter_context(connect({name: _readable(inner, path) for name, path in files.items()}))

    return _attempted(stack, attempt)


def _opened_to_write(stack: ExitStack, path: Path) -> duckdb.DuckDBPyConnection:
    def attempt(inner: ExitStack) -> duckdb.DuckDBPyConnection:
        inner.enter_context(held(path))
        return inner.enter_context(duckdb.connect(str(path)))

    return _attempted(stack, attempt)


def _attempted(stack: ExitStack, attempt: Callable[[ExitStack], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
    for number in range(1, ATTEMPTS + 1):
        with ExitStack() as inner:
            try:
                connection = attempt(inner)
            except duckdb.IOException as error:
                if "lock" not in str(error) or number == ATTEMPTS:
                    raise
                continue
            stack.enter_context(inner.pop_all())
            # DuckDB draws one on standard output for whatever takes seconds
            connection.execute("set enable_progress_bar = false")
            return connection
    raise AssertionError("the last attempt raises or returns")


def _readable(stack: ExitStack, path: Path) -> Path:
    """The file, locked against writers, or where somebody writes it a copy of it."""
    if not path.exists():
        return path  # DuckDB says so
    try:
        stack.callback(os.close, _lock(path, exclusive=False))
    except _TakenError:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=own_folder())))
        return Path(shutil.copy(path, folder / path.name))
    return path


class _TakenError(Exception):
    """Somebody else has a lock on the file that is in the way."""


def _lock(path: Path, *, exclusive: bool) -> int:
    """Open and lock a file; returns the open file.

    Raises:
        _TakenError: somebody else's lock is in the way.
    """
    file = os.open(path, os.O_RDWR if exclusive else os.O_RDONLY)
    try:
        fcntl.lockf(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # how systems say that somebody else has a lock
        os.close(file)
        raise _TakenError from None
    except BaseException:
        os.close(file)
        raise
    return file


def _locked(path: Path) -> int:
    """Open and lock a file to write it, or where that can't be had a copy that takes its name; returns the open file."""
    while True:
        try:
            return _lock(path, exclusive=True)
        except _TakenError:
            _renew(path)


def _renew(path: Path) -> None:
    """Put a copy in a file's place, without the log of changes that somebody else may have begun beside it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".copy")
    os.close(handle)
    shutil.copy2(path, name)
    Path(name).replace(path)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
