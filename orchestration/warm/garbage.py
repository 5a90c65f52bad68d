"""When Python looks for cyclic garbage: rarely, in processes that import much and end soon."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

THRESHOLDS = (50_000, 20, 50)
"""How many new objects start a collection of the youngest generation, and how many collections start one of the next older.

Python's defaults (700, 10, 10) suit programs that hold little. Dagster and dbt hold hundreds of thousands of objects until the
process ends, and each collection of the oldest generation visits all of them for nothing."""


@contextmanager
def kept_for_good() -> Iterator[None]:
    """Collect nothing while the block runs, exclude what it made from later collections, and make those rare.

    For blocks that import and read what stays until the process ends.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.enable()
