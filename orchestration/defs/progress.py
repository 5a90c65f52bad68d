"""Progress of long work: pure code and assets report it, and whoever runs them in the same process may listen."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_listeners: list[Callable[[str, int, int], None]] = []


@contextmanager
def listening(listener: Callable[[str, int, int], None]) -> Iterator[None]:
    """Call the listener with all progress while the block runs: stage, units done, units in all."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def report(stage: str, done: int, total: int) -> None:
    """Say how far a stage has come.

    Args:
        stage: what is going on, as people say it.
        done: units done.
        total: units in all; 0 where that is not known.
    """
    for listener in _listeners:
        listener(stage, done, total)
