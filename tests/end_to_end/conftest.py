"""What refreshes a home as `pmm refresh` does, and a home with two small cycles refreshed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from orchestration.cli.runner import Runner
from orchestration.inputs.home import Home
from orchestration.publication.kept import publications
from orchestration.publication.reasons import Reason
from tests.lab import made_once, new_cycle, send
from tests.publication.conftest import tainted

SMALL = ("one", "two")
MEMBERS = {
    f"XA{letter}": {"coast": ("North", "South")[i % 2], "size_class": ("Large", "Small", "Medium")[i % 3]}
    for i, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWX")
}


class Refreshed:
    """A home with cycles refreshed, and what runs jobs on it as `pmm refresh` does."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.file = home.published("internal")
        self.runner = Runner(home).__enter__()
        self.instance = self.runner.instance

    def refresh(self, cycle: str, *, accepts_loss: bool = False) -> dict[str, Any]:
        return self.runner.refresh(cycle, lambda *_: None, Reason("a test", accepts_loss=accepts_loss))


def two_small_cycles(home: Home) -> None:
    """Two cycles of 24 Members and four KPIs, closed; single answers are for fewer than their KPI."""
    for name, year in zip(SMALL, (2022, 2024), strict=True):
        cycle = new_cycle(home, name, MEMBERS, "harbour-v1", rate=0.3, year=year)
        send(cycle, tainted(year, cycle, list(MEMBERS)), "json")


def refresh_all(home: Home, cycles: Sequence[str]) -> None:
    """Refresh all cycles of a home side by side: each is published in its turn, without a word of one to the other."""
    refresh = begin_refresh(home, "--all", "--jobs", str(len(cycles)))
    said, errors = refresh.communicate(timeout=600)
    assert refresh.returncode == 0, said + errors
    assert re.findall(r"^(\w+): (\w+) in", said, re.MULTILINE) == [(cycle, "published") for cycle in cycles]
    assert errors == ""


def begin_refresh(home: Home, *arguments: str) -> subprocess.Popen[str]:
    """A command that refreshes cycles, and goes on by itself."""
    command = [str(Path(sys.executable).with_name("pmm")), "refresh", *arguments, "--reason", "a test"]
    given = {**os.environ, "PMM_HOME": str(home.path)}
    return subprocess.Popen(command, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="session")
def small_made(tmp_path_factory: pytest.TempPathFactory, warm_dbt: None) -> Home:  # noqa: ARG001
    """Two small cycles, refreshed: once for all workers."""

    def make(home: Home) -> None:
        two_small_cycles(home)
        refresh_all(home, SMALL)
        assert [one.record.cycle for one in publications(home)] == list(SMALL)

    return made_once(tmp_path_factory, "refreshed", make)


@pytest.fixture
def own(small_made: Home, tmp_path: Path) -> Iterator[Refreshed]:
    """A copy of the two small cycles that a test may change."""
    refreshed = Refreshed(Home(Path(shutil.copytree(small_made.path, tmp_path / "home", symlinks=True))))
    yield refreshed
    refreshed.runner.__exit__()
