"""Folders that hold what the Secretariat alone may see: nobody else enters them, whatever the umask."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from orchestration.inputs.home import Home

PRIVATE = stat.S_IRUSR | stat.S_IWUSR
"""Mode of a file that its owner alone reads."""
CLOSED = stat.S_IRWXU
"""Mode of a folder that its owner alone enters."""
OPEN = CLOSED | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH
"""Mode of a folder that leads to what others may read."""


def closed(folder: Path) -> Path:
    """Make a folder that its owner alone enters, or have one be so; what is made in it then is nobody else's from the start."""
    folder.mkdir(mode=CLOSED, parents=True, exist_ok=True)
    set_mode(folder, CLOSED, folder.stat())
    return folder


def close_folders(home: Home) -> None:
    """Close the folders of a home in which something internal is written, before it is."""
    for folder in (home.warehouse, home.publications):
        folder.mkdir(mode=OPEN, parents=True, exist_ok=True)
        set_mode(folder, OPEN, folder.stat())
    for folder in (home.builds, home.dagster, home.data_docs, *home.cycles.glob("*/received")):
        closed(folder)


def set_mode(path: str | Path, mode: int, found: os.stat_result) -> None:
    """Set a mode where it is not that already: what is another user's can't be set, and need not be where it is right."""
    if stat.S_IMODE(found.st_mode) != mode:
        Path(path).chmod(mode)
