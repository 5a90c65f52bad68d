"""Worlds by what is another answer in them than in truth: of many Members most answers are the true ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Changes:
    """Worlds; what they change rises by world, and in a world by place.

    Attributes:
        n_worlds: how many.
        world: of each change; shape (changes,).
        place: which answer it is of; shape (changes,).
        answer: what it is in the world; shape (changes,).
    """

    n_worlds: int
    world: NDArray[np.int32]
    place: NDArray[np.int32]
    answer: NDArray[np.float64]

    @classmethod
    def of(cls, worlds: NDArray[Any], truth: NDArray[Any], places: NDArray[Any] | None = None) -> Changes:
        """What is another answer in some worlds.

        Args:
            worlds: shape (worlds, n).
            truth: the true answers; shape (n,).
            places: where these n stand among all, rising; None where they are all. Shape (n,).
        """
        world, place = np.nonzero(worlds != truth)
        answer = worlds[world, place].astype(float)
        return cls(len(worlds), world.astype(np.int32), (place if places is None else places[place]).astype(np.int32), answer)

    @classmethod
    def joined(cls, parts: Iterable[Changes]) -> Changes:
        """The worlds of all parts, one after the other."""
        parts = list(parts)
        first = np.cumsum([0, *(part.n_worlds for part in parts)], dtype=np.int32)
        world = [part.world + number for part, number in zip(parts, first[:-1], strict=True)]
        return cls(
            int(first[-1]),
            np.concatenate([NO_CHANGES.world, *world]),
            *(np.concatenate([getattr(part, name) for part in (NO_CHANGES, *parts)]) for name in ("place", "answer")),
        )

    def only(self, some: NDArray[np.bool_]) -> Changes:
        """Some of the worlds; shape (worlds,)."""
        number, is_of = np.cumsum(some, dtype=np.int32) - 1, some[self.world]
        return Changes(int(some.sum()), number[self.world[is_of]], self.place[is_of], self.answer[is_of])

    def before(self, n: int) -> Changes:
        """The same worlds, of the first n answers."""
        is_of = self.place < n
        return Changes(self.n_worlds, self.world[is_of], self.place[is_of], self.answer[is_of])

    def worlds(self, truth: NDArray[Any]) -> NDArray[Any]:
        """The worlds; shape (worlds, n), and of the true answers (n,)."""
        found = np.tile(truth, (self.n_worlds, 1))
        found[self.world, self.place] = self.answer
        return found


NO_CHANGES = Changes(0, np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32), np.zeros(0))
