"""Which cycles are decided anew: those that a refresh touches. What is shown of all others stays, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.publication.narrowed import pairs_of, with_compared
from orchestration.publication.protection.proof import decided_cycles

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from orchestration.publication.join import Unwritten


@dataclass(frozen=True)
class Touched:
    """What a refresh touches.

    Attributes:
        cycles: decided anew.
        near: these, and those that they are compared with.
        kept: all others, of which what is shown stays.
        proof: the last publication's, which says it.
    """

    cycles: frozenset[str]
    near: frozenset[str]
    kept: frozenset[str]
    proof: Path


def touched_by(
    anew: Collection[str], cycles: Collection[str], internal: Path | Unwritten, last_internal: Path, proof: Path
) -> Touched | None:
    """The cycles that are decided anew where some have to be.

    What is shown of a panel depends on both its cycles, so that those are decided anew too that are compared with one of them,
    in the last publication or in this one; as are two that no longer are compared, or were not.

    Args:
        anew: cycles whose rows may be others than in the last publication, or of which something else is shown than was decided.
        cycles: of the publication.
        internal: its file with everything, written or not.
        last_internal: that of the last publication, whose rows of other cycles are the same.
        proof: the last publication's.

    Returns:
        what is touched; None where it is everything, since other code decided what the last publication shows.
    """
    if not (decided := decided_cycles(proof)):
        return None
    pairs, before = pairs_of(internal), pairs_of(last_internal)
    own = {*anew, *(set(cycles) - decided)}
    own.update(*(pair for pair in pairs ^ before))
    touched = with_compared(own, pairs | before) & frozenset(cycles)
    return Touched(touched, with_compared(touched, pairs), frozenset(cycles) - touched, proof)
