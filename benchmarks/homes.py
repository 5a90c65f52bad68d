"""Homes to measure in."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from orchestration.inputs.home import CODE, Home

if TYPE_CHECKING:
    from pathlib import Path


def empty_home(folder: Path) -> Home:
    """A home with the project's frameworks and no cycle."""
    home = Home(folder)
    shutil.copytree(CODE / "raw", home.raw, ignore=shutil.ignore_patterns("cycles"))
    home.cycles.mkdir()
    shutil.copy(CODE / "dagster.yaml", home.path)
    return home
