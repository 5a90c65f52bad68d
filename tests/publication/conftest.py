"""Two cycles with hostile answers, published: what the tests of publications read."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from orchestration.inputs.cycles import Cycle
from orchestration.inputs.framework import Kpi
from orchestration.inputs.framework.model import DISCLOSURES
from orchestration.inputs.home import Home
from orchestration.intake.forms.draft import Draft
from tests.lab import build, figures, made_drafts, made_once, new_cycle, publish, send, two_cycles_of_three

PROTECTED = ("wco", "public")
LEAST = 5
ALL_ALIKE = "I46"
"""An instrument on which all answer the same."""
ORIGINS = ("Europe", "Asia/Pacific", "Americas and Caribbean")
MEMBERS = {
    f"XC{letter}": {
        "wco_region": ORIGINS[0] if i < 18 else ORIGINS[1] if i < 23 else ORIGINS[2],
        "income_group": ("Low income", "High income", "", "Upper middle income")[i % 4],
        "geography": "Island" if i in (3, 9, 20) else "Coastal",
        "administration_type": ("Customs", "Revenue authority")[i % 2],
    }
    for i, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}


def tainted(seed: int, cycle: Cycle, members: list[str]) -> list[Draft]:
    """Answers of which every figure is unlike all others, and now and then one that fewer may see."""
    rng = Random(seed)
    framework = cycle.framework

    def on_kpi(kpi: Kpi) -> dict[str, Any]:
        if rng.random() < 0.15:
            return {"status": "not_available"}
        value = round(rng.uniform(11, 89), 9)
        said = figures(kpi, value + (100 if kpi.formula == "variation" else 0), framework.scale(kpi))
        narrower = DISCLOSURES[DISCLOSURES.index(kpi.disclosure) + 1 :]
        if narrower and rng.random() < (0.08 if kpi.kpi < "K30" else 0.0):
            said["disclosure"] = rng.choice(narrower)
        return said

    def on_instrument(instrument: str) -> dict[str, str] | None:
        if rng.random() >= 0.9:
            return None
        if instrument == ALL_ALIKE:
            return {"aware": "yes", "usage": "in_use"}
        return {"aware": rng.choice(["yes", "no"]), "usage": rng.choice(["in_use", "plans_to_use", "no_plans"])}

    return made_drafts(framework, members, on_kpi, on_instrument)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, warm_dbt: None) -> Home:  # noqa: ARG001
    """The two cycles, published: made once for all workers, and a copy for each module, which may do with it what it will."""
    made = made_once(tmp_path_factory, "two_cycles", publish_two_cycles)
    path = tmp_path_factory.mktemp("publication") / "home"
    return Home(Path(shutil.copytree(made.path, path, symlinks=True)))


@pytest.fixture(scope="session")
def small_made(tmp_path_factory: pytest.TempPathFactory, warm_dbt: None) -> Home:  # noqa: ARG001
    return made_once(tmp_path_factory, "two_small_cycles", publish_two_small_cycles)


@pytest.fixture
def small(small_made: Home, tmp_path: Path) -> Home:
    """Two cycles of three Members and few KPIs, published; a copy for each test."""
    return Home(Path(shutil.copytree(small_made.path, tmp_path / "small", symlinks=True)))


def publish_two_small_cycles(home: Home) -> None:
    two_cycles_of_three(home)
    for name in ("one", "two"):
        build(home, name)
        publish(home, name)


def publish_two_cycles(home: Home) -> None:
    for name, year, members in (("one", 2022, list(MEMBERS)[:24]), ("two", 2024, list(MEMBERS)[2:])):
        cycle = new_cycle(home, name, {m: MEMBERS[m] for m in members}, year=year)
        send(cycle, tainted(year, cycle, members), "parquet")
        build(home, name)
        publish(home, name)
