from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from orchestration.inputs.home import CODE, Home
from orchestration.warm.dbt_server import dbt_server
from orchestration.warm.workers import warm_up
from tests.lab import new_home

# `pytest --hypothesis-profile=thousands tests/disclosure` tries many more
settings.register_profile("few", max_examples=40, deadline=None)
settings.register_profile("thousands", max_examples=2000, deadline=None)
settings.load_profile("few")


@pytest.fixture(scope="session", autouse=True)
def terminal() -> Iterator[None]:
    """What a command prints must not hang on the terminal, or the lack of one, that the tests run in."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"COLUMNS": "200", "TERM": "dumb", "TTY_COMPATIBLE": "0", "FORCE_COLOR": "", "NO_COLOR": "1"}.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def fork_server() -> None:
    """Has the fork server import what it is there for, before a test of what needs none of it starts one that has imported nothing."""
    warm_up()


@pytest.fixture(scope="session")
def warm_dbt() -> Iterator[None]:
    """One process that has dbt imported, for all tests of the session that build something."""
    with dbt_server():
        yield


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with the project's frameworks, Members' list and sample targets, and no cycle yet."""
    return new_home(tmp_path / "home")


@pytest.fixture
def framework_folder(tmp_path: Path) -> Path:
    """A copy of pmm-v1 to spoil."""
    return Path(shutil.copytree(CODE / "raw" / "frameworks" / "pmm-v1", tmp_path / "pmm-v1"))
