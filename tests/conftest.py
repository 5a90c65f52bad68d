from __future__ import annotations

import os
import shutil
from pathlib import Path

# Set before anything imports Dagster: tests must never touch the project's own warehouse.
os.environ.setdefault("PMM_HOME", "/nonexistent-home-for-tests")
# Set before anything makes a console: what a command prints must not hang on the terminal, or the
# lack of one, that the tests run in.
os.environ.update({"COLUMNS": "200", "TERM": "dumb", "TTY_COMPATIBLE": "0", "FORCE_COLOR": "", "NO_COLOR": "1"})

import pytest

from orchestration.inputs.home import CODE, Home
from tests.lab import new_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with the project's frameworks, Members' list and sample targets, and no cycle yet."""
    return new_home(tmp_path / "home")


@pytest.fixture
def framework_folder(tmp_path: Path) -> Path:
    """A copy of pmm-v1 to spoil."""
    return Path(shutil.copytree(CODE / "raw" / "frameworks" / "pmm-v1", tmp_path / "pmm-v1"))
