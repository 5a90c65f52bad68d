"""The file that one cycle is built in: made anew by each refresh, and put in place when it is whole.

    warehouse/build/<cycle>/next/pmm.duckdb   being built, with dbt's artifacts beside it
    warehouse/build/<cycle>/pmm.duckdb        the last one that was whole: what publication takes the cycle's rows from

Nothing of another cycle is in it. All of them have one name, since dbt's manifest carries the name of the database.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.warehouse.held import remove

if TYPE_CHECKING:
    from orchestration.inputs.home import Home

NAME = "pmm.duckdb"


@dataclass(frozen=True)
class Build:
    """Where a cycle is built.

    Attributes:
        folder: the cycle's own, below `warehouse/build/`.
    """

    folder: Path

    @property
    def whole(self) -> Path:
        """The file of the last build that passed its checks."""
        return self.folder / NAME

    @property
    def next_folder(self) -> Path:
        """The folder of the build in progress; dbt writes its artifacts there."""
        return self.folder / "next"

    @property
    def latest(self) -> Path:
        """The file in progress if there is one, else the last whole one."""
        path = self.next_folder / NAME
        return path if path.exists() else self.whole

    def begin(self) -> Path:
        """Start from nothing; returns the file to build, which is not there yet."""
        remove(self.next_folder)
        for left in self.folder.glob(".*.copy"):  # by a process that was killed (held.py)
            left.unlink(missing_ok=True)
        self.next_folder.mkdir(parents=True)
        return self.next_folder / NAME

    def resume(self) -> Path:
        """Go on with the build in progress, or where there is none, from a copy of the last whole one; returns the file."""
        path = self.next_folder / NAME
        if not path.exists() and self.whole.exists():
            self.next_folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.whole, path)
        return path

    def put_in_place(self) -> None:
        """Make the build in progress the last whole one."""
        path = self.next_folder / NAME
        if path.exists():
            path.replace(self.whole)


def build_of(home: Home, cycle: str) -> Build:
    """Where a cycle of a home is built."""
    return Build(home.builds / cycle)


def last_built(home: Home) -> str | None:
    """The cycle whose build changed last; None if there is none."""
    files = [*home.builds.glob(f"*/{NAME}"), *home.builds.glob(f"*/next/{NAME}")]
    if not files:
        return None
    return max(files, key=lambda path: path.stat().st_mtime_ns).relative_to(home.builds).parts[0]
