"""Reports of publications that the tests of publications read."""

from __future__ import annotations

import pytest

from orchestration.inputs.home import Home
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
