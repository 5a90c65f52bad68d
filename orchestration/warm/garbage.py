"""When Python looks for cyclic garbage: rarely, in processes that import much and end soon."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

THRESHOLDS = (50_000, 20, 50)
"""New objects before a look at the youngest, and looks before one at the older. Python's 700 are for programs that hold
little: here each look at the oldest walks hundreds of thousands of Dagster's and dbt's objects, which stay anyway."""


@contextmanager
def kept_for_good() -> Iterator[None]:
    """Never look for garbage while the block imports and reads what stays, nor look at that again; afterwards, rarely."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.enable()
