"""Files are read in processes that have been forked from one with the libraries imported, as in a refresh."""

from __future__ import annotations

import pytest

from orchestration.warm.workers import warm_up


@pytest.fixture(scope="session", autouse=True)
def _warm() -> None:
    warm_up()
