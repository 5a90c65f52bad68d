"""Reports of publications that the tests of publications read."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.home import Home
from orchestration.report.site import write_report
from tests.lab import made_once
from tests.publication.conftest import publish_two_cycles, publish_two_small_cycles


@pytest.fixture(scope="session")
def two_cycles(tmp_path_factory: pytest.TempPathFactory, warm_dbt: None) -> Home:  # noqa: ARG001
    """Two cycles of some twenty Members with hostile answers, published; nobody changes it."""
    return made_once(tmp_path_factory, "two_cycles", publish_two_cycles)


@pytest.fixture(scope="session")
def two_small(tmp_path_factory: pytest.TempPathFactory, warm_dbt: None) -> Home:  # noqa: ARG001
    """Two cycles of three Members and few KPIs, published; nobody changes it."""
    return made_once(tmp_path_factory, "two_small_cycles", publish_two_small_cycles)


@pytest.fixture(scope="session")
def sites(two_cycles: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of all audiences on the two cycles, in a folder each; nobody changes them."""

    def write(home: Home) -> None:
        for audience in AUDIENCES:
            write_report(two_cycles.published(audience), home.path / "reports" / audience, audience)

    return made_once(tmp_path_factory, "reports", write).path / "reports"
