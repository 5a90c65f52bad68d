"""Files that others may have open: no reader, with whatever tool, keeps this process from opening them.

DuckDB locks a file with fcntl (https://duckdb.org/docs/stable/connect/concurrency): shared to read, exclusive to write. Such
a lock belongs to the file and not to its name. So where somebody's lock is in the way, a copy takes the name: they keep the
file that they opened, and this process has one of its own.
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Config = dict[str, str | bool | int | float | list[str]]

ATTEMPTS = 100
"""How often a file is opened anew that somebody locked in the instant between our lock and DuckDB's."""


@contextmanager
def held(*paths: Path, exclusive: bool = False) -> Iterator[None]:
    """Hold files while the block has them open.

    All locks of a process on a file end when it closes the file once. So a file is closed before the block ends, and where
    it is opened again, it is held again.

    Args:
        paths: of the files; each has nobody else's lock on it afterwards that is in the way.
        exclusive: whether they are written; else others may read them meanwhile.
    """
    with ExitStack() as stack:
        for path in paths:
            if path.exists():  # what is not there yet, nobody has open
                stack.callback(os.close, _locked(path, exclusive=exclusive))
        yield


@contextmanager
def connected(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a file."""
    with ExitStack() as stack:
        yield _opened(stack, (path,), lambda: duckdb.connect(str(path), read_only=read_only), exclusive=not read_only)


@contextmanager
def attached(target: Path | None = None, config: Config | None = None, /, **files: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with files attached for reading.

    Args:
        target: a new file to write; None for a database in memory.
        config: DuckDB's configuration.
        files: by the name under which each is attached.
    """

    def connect() -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:" if target is None else str(target), config=config or {})
        try:
            for name, path in files.items():
                connection.execute(f"attach {literal(path)} as {name} (read_only)")
        except BaseException:
            connection.close()
            raise
        return connection

    with ExitStack() as stack:
        yield _opened(stack, files.values(), connect)


def _opened(
    stack: ExitStack, paths: Iterable[Path], connect: Callable[[], duckdb.DuckDBPyConnection], *, exclusive: bool = False
) -> duckdb.DuckDBPyConnection:
    for attempt in range(1, ATTEMPTS + 1):
        with ExitStack() as inner:
            inner.enter_context(held(*paths, exclusive=exclusive))
            try:
                connection = inner.enter_context(connect())
            except duckdb.IOException as error:
                if "lock" not in str(error) or attempt == ATTEMPTS:
                    raise
                continue
            stack.enter_context(inner.pop_all())
            return connection
    raise AssertionError("the last attempt raises or returns")


def _locked(path: Path, *, exclusive: bool) -> int:
    """Open and lock a file, or where that can't be had a copy that takes its name; returns the open file."""
    wanted = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    while True:
        file = os.open(path, os.O_RDWR if exclusive else os.O_RDONLY)
        try:
            fcntl.lockf(file, wanted | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # how systems say that somebody else has a lock
            os.close(file)
            _renew(path)
        except BaseException:
            os.close(file)
            raise
        else:
            return file


def _renew(path: Path) -> None:
    """Put a copy in a file's place, without the log of changes that somebody else may have begun beside it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".copy")
    os.close(handle)
    shutil.copy2(path, name)
    Path(name).replace(path)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
