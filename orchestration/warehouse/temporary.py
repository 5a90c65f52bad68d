"""One folder a process for what is temporary: it has the process's number, so that what one that was killed left is removed."""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path

PREFIX = "pmm-"
LONGEST = 50
"""Characters that the path of the place for temporary files may have: sockets lie below it, whose paths end at 107 (unix(7))."""


def own_folder() -> Path:
    """This process's folder, in which libraries and programs that it starts put what is temporary too.

    It goes when the process ends, and where it could not, when another one asks for its own.
    """
    return _own_folder(os.getpid())


@cache
def _own_folder(process: int) -> Path:
    tempfile.tempdir = None  # the parent's, in a process that was forked
    place = Path(tempfile.gettempdir())
    if place.name.startswith(PREFIX):  # of the process that started this one
        place = place.parent
    if len(str(place)) > LONGEST:
        place = Path("/tmp")
    _remove_dead(place)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{process}-", dir=place))
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)  # libraries too, and programs that are started
    # after multiprocessing has removed its own folder in it, at priority -100; what is forked leaves it alone
    Finalize(None, shutil.rmtree, args=[folder, True], exitpriority=-200)
    return folder


def _remove_dead(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}[0-9]*-*"):
        process = folder.name.removeprefix(PREFIX).split("-")[0]
        if process.isdigit() and not Path("/proc", process).exists():
            shutil.rmtree(folder, ignore_errors=True)  # another user's stays
