"""One folder a process for what is temporary: it has the process's number, so that what one that was killed left is removed."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

PREFIX = "pmm-"


def own_folder() -> Path:
    """This process's folder, in which libraries and programs that it starts put what is temporary too.

    It goes when the process ends, and where it could not, when another one asks for its own.
    """
    return _own_folder(os.getpid())


@cache
def _own_folder(process: int) -> Path:
    _remove_dead(Path(tempfile.gettempdir()))
    tempfile.tempdir = None  # the parent's, in a process that was forked
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{process}-"))
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)  # libraries too, and programs that are started
    atexit.register(_remove, folder, process)
    return folder


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # what is forked runs the same functions at its end
        shutil.rmtree(folder, ignore_errors=True)


def _remove_dead(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}[0-9]*-*"):
        process = folder.name.removeprefix(PREFIX).split("-")[0]
        if process.isdigit() and not Path("/proc", process).exists():
            shutil.rmtree(folder, ignore_errors=True)  # another user's stays
