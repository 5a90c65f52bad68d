"""What a cycle's inputs looked like when they were last loaded, so that a change is seen whoever started the refresh."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from orchestration.cycles import submission_files

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.cycles import Cycle


def fingerprint(cycle: Cycle) -> str:
    """A short text that changes when a file of the cycle or of its framework comes, goes or changes.

    Names, sizes and times of change are enough, so that looking costs next to nothing.
    """
    own = [cycle.folder / "cycle.toml", cycle.folder / "roster.csv"]
    framework = sorted((cycle.home.frameworks / cycle.file.framework).glob("*"))
    digest = hashlib.sha256()
    for path in [*own, *framework, *submission_files(cycle.submissions)]:
        if path.exists():
            found = path.stat()
            digest.update(f"{cycle.home.shown(path)}|{found.st_size}|{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def loaded_fingerprint(cycle: Cycle) -> str | None:
    """The fingerprint at the last load; None if the cycle was never loaded."""
    path = _path(cycle)
    return path.read_text(encoding="utf-8") if path.exists() else None


def note_loaded(cycle: Cycle, value: str) -> None:
    """Remember the fingerprint of what is being loaded."""
    path = _path(cycle)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value, encoding="utf-8")


def _path(cycle: Cycle) -> Path:
    return cycle.home.warehouse / "build" / "inputs" / f"{cycle.cycle}.txt"
