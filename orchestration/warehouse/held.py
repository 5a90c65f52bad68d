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

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def held(*paths: Path, exclusive: bool = False) -> Iterator[None]:
    """Hold files while the block opens them, reads or writes them, and closes them again.

    Locks of one process do not disturb each other, and all of them on a file end when it closes the file once. So one
    block holds a file at a time, and DuckDB's connection to it is closed before the block ends.

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
    """A connection to a file that is held."""
    with held(path, exclusive=not read_only), duckdb.connect(str(path), read_only=read_only) as connection:
        yield connection


def _locked(path: Path, *, exclusive: bool) -> int:
    """Open and lock a file, or where that can't be had a copy that takes its name; returns the open file."""
    wanted = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    while True:
        file = os.open(path, os.O_RDWR if exclusive else os.O_RDONLY)
        try:
            fcntl.lockf(file, wanted | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            _renew(path)
        else:
            return file


def _renew(path: Path) -> None:
    """Put a copy in a file's place, without the log of changes that somebody else may have begun beside it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".copy")
    os.close(handle)
    shutil.copy2(path, name)
    Path(name).replace(path)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
