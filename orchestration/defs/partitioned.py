"""Checks that have a partition, as the assets that they are of: one cycle's result does not hide another's."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg

from orchestration.defs.runs import PARTITIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

CYCLES = dg.DynamicPartitionsDefinition(name=PARTITIONS)
"""The cycles; whoever starts a refresh, and the sensor at each look, adds those that `raw/cycles/` holds."""


@contextmanager
def in_preview() -> Iterator[None]:
    """Dagster 1.13 warns that partitions of checks may still change; a test sees that they do what is needed here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        yield


def check_spec(**given: Any) -> dg.AssetCheckSpec:
    """A check of one cycle; takes what `dg.AssetCheckSpec` takes."""
    with in_preview():
        return dg.AssetCheckSpec(partitions_def=CYCLES, **given)
