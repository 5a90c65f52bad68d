"""Whose turn it is to publish: whoever runs several refreshes side by side has them publish in one order.

What an audience is shown depends on what it was shown before: in another order it could be something else.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_waits: list[Callable[[], object]] = []


@contextmanager
def in_turn(wait: Callable[[], object]) -> Iterator[None]:
    """Have the refresh that runs while the block does publish once a function returns, which is called when it is ready to."""
    _waits.append(wait)
    try:
        yield
    finally:
        _waits.remove(wait)


def wait_for_turn() -> None:
    """Wait until it is this refresh's turn."""
    for wait in _waits:
        wait()
