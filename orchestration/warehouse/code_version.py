"""Which code made a figure: the package's version, and a hash of all that a refresh runs."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sysconfig
from functools import cache
from importlib.metadata import version
from pathlib import Path

from orchestration.inputs.home import CODE, DBT_PROJECT, EXPECTATIONS

SOURCES = (CODE / "orchestration", DBT_PROJECT / "models", DBT_PROJECT / "macros", DBT_PROJECT / "tests", EXPECTATIONS)
SUFFIXES = {".py", ".sql", ".yml", ".json", ".j2"}


@cache
def code_version() -> str:
    """As `0.1.0+3f2a9c41d0be`: two that are equal come from the same code."""
    return f"{version('pmm-warehouse')}+{version_of(*SOURCES)}"


@cache
def version_of(*places: Path) -> str:
    """The same of some folders and files of the code alone."""
    return hash_of_files(_files_of(places), CODE)[:12]


def _files_of(places: tuple[Path, ...]) -> list[Path]:
    """The files of the code in some folders, and those that are named themselves."""
    return [path for place in places for path in ([place] if place.is_file() else place.rglob("*")) if path.suffix in SUFFIXES]


def code_stamp() -> str:
    """A short text that changes when a file of the code, or of the installed packages, comes, goes or changes.

    Names, sizes and times of change are enough, so that looking costs next to nothing; it is not kept.
    """
    digest = hashlib.sha256()
    places = (*SOURCES, DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml")
    for path in [*sorted(_files_of(places)), Path(sysconfig.get_path("purelib"))]:
        with contextlib.suppress(FileNotFoundError):
            found = path.stat()
            digest.update(os.fsencode(f"{path}|{found.st_size}|{found.st_mtime_ns}\n"))
    return digest.hexdigest()[:16]


def hash_of_files(files: list[Path], folder: Path) -> str:
    """SHA-256 over names and contents, in the order of the names.

    Args:
        files: to hash.
        folder: which the names are relative to.
    """
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(folder).as_posix()}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
