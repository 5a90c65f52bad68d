"""What a cycle's inputs looked like when they were last loaded, so that a change is seen whoever started the refresh."""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

from orchestration.intake.folder import entries
from orchestration.warehouse.code_version import code_version, hash_of_files

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.inputs.cycles import Cycle


def fingerprint(cycle: Cycle) -> str:
    """A short text that changes when a file of the cycle or of its framework comes, goes or changes.

    Names, sizes and times of change are enough, so that looking costs next to nothing.
    """
    own = [cycle.folder / "cycle.toml", cycle.folder / "roster.csv"]
    framework = sorted((cycle.home.frameworks / cycle.file.framework).glob("*"))
    digest = hashlib.sha256()
    for path in [*own, *framework, *(entry.path for entry in entries(cycle.submissions))]:
        with contextlib.suppress(FileNotFoundError):
            found = path.lstat() if path.is_symlink() and not path.exists() else path.stat()
            digest.update(os.fsencode(f"{cycle.home.shown(path)}|{found.st_size}|{found.st_mtime_ns}\n"))
    return digest.hexdigest()[:16]


def identity(cycle: Cycle, hashes: dict[str, str]) -> dict[str, str]:
    """What a refresh was made of: code version, and SHA-256 of framework, cycle and submissions.

    Args:
        cycle: that is loaded.
        hashes: SHA-256 of each file received, by name, as it was read.
    """
    folder = cycle.home.frameworks / cycle.file.framework
    received = "".join(f"{name}\n{sha256}\n" for name, sha256 in sorted(hashes.items()))
    return {
        "code_version": code_version(),
        "framework_sha256": hash_of_files([p for p in folder.iterdir() if p.is_file()], folder),
        "cycle_sha256": hash_of_files([cycle.folder / "cycle.toml", cycle.folder / "roster.csv"], cycle.folder),
        "submissions_sha256": hashlib.sha256(received.encode()).hexdigest(),
    }


def loaded_fingerprint(cycle: Cycle) -> str | None:
    """The fingerprint at the last load; None if the cycle was never loaded."""
    path = _path(cycle)
    return path.read_text(encoding="utf-8") if path.exists() else None


def note_loaded(cycle: Cycle, value: str) -> None:
    """Remember the fingerprint of what is being loaded."""
    path, published = _path(cycle), _published_path(cycle)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not published.exists():
        # an earlier version did not note what it published: what it loaded; from now on that is noted
        published.write_text(loaded_fingerprint(cycle) or "", encoding="utf-8")
    path.write_text(value, encoding="utf-8")


def published_fingerprint(cycle: Cycle) -> str | None:
    """The fingerprint of what was published last; nothing (None or no text) if the cycle never was."""
    path = _published_path(cycle)
    return path.read_text(encoding="utf-8") if path.exists() else loaded_fingerprint(cycle)


def is_awaited(cycle: Cycle) -> bool:
    """Whether a cycle was never published and nobody has sent anything yet: there is nothing to refresh, and nothing amiss."""
    return not published_fingerprint(cycle) and not entries(cycle.submissions)


def has_changes(cycle: Cycle, seen: str) -> bool:
    """Whether inputs with this fingerprint are not what was published last, and there is something to publish."""
    return seen != published_fingerprint(cycle) and not is_awaited(cycle)


def note_published(cycle: Cycle) -> None:
    """Remember that what was loaded last has been published."""
    loaded = loaded_fingerprint(cycle)
    if loaded is not None:
        _published_path(cycle).write_text(loaded, encoding="utf-8")


def _published_path(cycle: Cycle) -> Path:
    return _path(cycle).with_name("published.txt")


def _path(cycle: Cycle) -> Path:
    return cycle.home.builds / cycle.name / "inputs.txt"
