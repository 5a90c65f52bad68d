"""Where a value stands among those of others, by what is shown of these."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestration.report.figures import Row

HIGHER, LOWER = "higher", "lower"


class Place(Enum):
    """Where a value stands, the best first; of a KPI of which neither high nor low is better, the highest first."""

    BEST = 1
    SECOND = 2
    THIRD = 3
    WEAKEST = 4
    BETTER_HALF = 5
    WEAKER_HALF = 6
    BETTER_THAN_MEAN = 7
    WORSE_THAN_MEAN = 8
    AS_MOST = 9


class Rank(NamedTuple):
    """A place among the values that are shown: how many are better, and how many there are, the own one among them."""

    place: int
    n: int


def place_of(value: float, shown: Row | None, direction: str) -> Place | None:
    """The quarter that a value stands in; the half, or the side of the mean, where no more is shown.

    A value that is a quartile itself stands on its better side.

    Args:
        value: with the decimals that are shown of the others'.
        shown: the group's `q1`, `median`, `q3`, `mean`, each None where it is not shown.
        direction: `higher`, `lower`, or `none`, which goes by the value alone, the highest first.
    """
    if shown is None:
        return None
    sign = -1.0 if direction == LOWER else 1.0
    own = sign * value
    ends = [None if shown.get(name) is None else sign * shown[name] for name in ("q1", "median", "q3", "mean")]
    weak, middle, good, mean = ends if sign > 0 else (ends[2], ends[1], ends[0], ends[3])
    if own == weak == good:  # as has half of them, and more
        return Place.AS_MOST
    if good is not None and own >= good:
        return Place.BEST
    if weak is not None and own < weak:
        return Place.WEAKEST
    if middle is not None:
        # that it is not in the best quarter is known where that begins is shown
        if own >= middle:
            return Place.BETTER_HALF if good is None else Place.SECOND
        return Place.WEAKER_HALF if weak is None else Place.THIRD
    if mean is None:
        return None
    return Place.BETTER_THAN_MEAN if own >= mean else Place.WORSE_THAN_MEAN


def rank_of(value: float, others: Sequence[float], direction: str) -> Rank | None:
    """The rank of a value among others, 1 being the best; equal values share one.

    Args:
        value: with the decimals that are shown of the others'.
        others: of other Members, in ascending order.
        direction: `higher` or `lower`; `none` gives no rank.
    """
    if direction not in (HIGHER, LOWER) or not others:
        return None
    n_better = len(others) - bisect_right(others, value) if direction == HIGHER else bisect_left(others, value)
    return Rank(n_better + 1, len(others) + 1)
