"""Which totals can be shown so that nothing withheld follows from them.

Every published mean is a sum over known Members, one linear equation in their values. What follows from a set of equations
by adding and subtracting is the row space of their matrix. So a total may join those shown if, with it, the row space holds
no *protected* vector: neither a total that is withheld, nor one of fewer Members than the policy's minimum. This is the
algebra of Langsrud's GaussSuppression (Statistics Norway; https://cran.r-project.org/package=GaussSuppression): primary
cells are withheld for their size, and others (complementary) where they would give a primary one away.

A Member's value that an audience may see is a known, and leaves the equations: only *hidden* Members are columns.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

Key = TypeVar("Key", bound="Hashable")
Reason = Literal["too few Members", "few hidden values", "end of the range", "complementary"]

NEGLIGIBLE = 1e-9
"""Squared length below which what is left of a vector is rounding: entries are 0 and 1, and there are some hundred of them."""


@dataclass(frozen=True)
class Total(Generic[Key]):
    """A total that could be shown.

    Attributes:
        key: its name.
        members: whose values it adds up.
        is_at_end: whether it is the least or largest that it can be, so that every Member's value follows from it.
        least_hidden: hidden Members that it should have at least, if it has any, for the sake of its other statistics.
    """

    key: Key
    members: frozenset[str]
    is_at_end: bool = False
    least_hidden: int = 0


@dataclass(frozen=True)
class Choice(Generic[Key]):
    """What is shown.

    Attributes:
        hidden: Members whose values are not shown: those that may not be, and those that must not be beside them.
        reasons: by total, why it is withheld; a total that is not in it is shown.
    """

    hidden: frozenset[str]
    reasons: dict[Key, Reason]


def choose_totals(
    totals: Sequence[Total[Key]],
    hidden: Collection[str],
    minimum: int,
    withheld: Mapping[Key, Reason] = MappingProxyType({}),
) -> Choice[Key]:
    """Choose which totals are shown, and which Members' own values.

    Args:
        totals: in the order of preference; the earlier are kept where not all can be shown.
        hidden: Members whose values may not be shown.
        minimum: fewest Members of which a total may be shown, and fewest hidden ones among them.
        withheld: totals that are not shown in any case, and why.

    Returns:
        a choice after which no withheld total, no hidden Member, and no set of fewer than `minimum` hidden Members whom no
        shown total tells apart, lies in the row space of what is shown.
    """
    hidden = hide_beside(totals, hidden, minimum)
    reasons = dict(withheld) | withheld_for_size(totals, hidden, minimum)
    rejected = _choose([], totals, reasons, [t.members for t in totals if t.key in reasons], hidden, minimum)
    return Choice(hidden, reasons | dict.fromkeys(rejected, "complementary"))


def withheld_for_size(totals: Iterable[Total[Key]], hidden: frozenset[str], minimum: int) -> dict[Key, Reason]:
    """The primary cells: totals that are withheld whatever else is shown."""
    reasons: dict[Key, Reason] = {}
    for total in totals:
        n_hidden = len(total.members & hidden)
        if len(total.members) < minimum:
            reasons[total.key] = "too few Members"
        elif 0 < n_hidden < minimum:
            reasons[total.key] = "few hidden values"
        elif total.is_at_end and n_hidden:
            reasons[total.key] = "end of the range"
    return reasons


def choose_further(
    shown: Collection[frozenset[str]],
    withheld: Collection[frozenset[str]],
    totals: Sequence[Total[Key]],
    hidden: frozenset[str],
    minimum: int,
) -> dict[Key, Reason]:
    """Choose further totals beside others that are chosen already, and that never yield to them.

    Args:
        shown: the Members of each total that is shown, from `choose_totals`.
        withheld: the Members of each total that is withheld.
        totals: further ones, in the order of preference.
        hidden: Members whose values are not shown.
        minimum: as for `choose_totals`.

    Returns:
        by further total, why it is withheld; the others can be shown.
    """
    reasons = withheld_for_size(totals, hidden, minimum)
    rejected = _choose(shown, totals, reasons, withheld, hidden, minimum)
    return reasons | dict.fromkeys(rejected, "complementary")


def _choose(
    given: Collection[frozenset[str]],
    totals: Sequence[Total[Key]],
    reasons: Collection[Key],
    withheld: Collection[frozenset[str]],
    hidden: frozenset[str],
    minimum: int,
) -> list[Key]:
    """The totals that would give something away beside those given and those before them.

    Args:
        given: the Members of totals that are shown in any case.
        totals: candidates, in the order of preference.
        reasons: the keys of those that are withheld in any case.
        withheld: the Members of totals that must not follow.
        hidden: Members whose values are not shown.
        minimum: fewest hidden Members of which something may follow.
    """
    if not hidden:
        return []
    columns = {member: index for index, member in enumerate(sorted(hidden))}
    candidates = [t for t in totals if t.key not in reasons]
    guarded = {own for members in withheld if (own := members & hidden)}
    guarded |= {atom for atom in atoms([*given, *(t.members for t in candidates)], hidden) if len(atom) < minimum}
    while True:
        space = RowSpace(len(columns), [vector(own, columns) for own in sorted(guarded, key=sorted)])
        for members in given:
            space.add(vector(members, columns), is_given=True)
        shown, rejected = list(given), []
        for total in candidates:
            if space.add(vector(total.members, columns)):
                shown.append(total.members)
            else:
                rejected.append(total.key)
        # where fewer totals are shown they tell fewer Members apart: what was two Members may now be one small set
        found = {a for a in atoms(shown, hidden) if len(a) < minimum and a not in guarded and space.holds(vector(a, columns))}
        if not found:
            return rejected
        guarded |= found


def hide_beside(totals: Iterable[Total[Key]], hidden: Collection[str], minimum: int) -> frozenset[str]:
    """Hide further Members' values, so that no total has some hidden Members but fewer than the minimum.

    If all values but one of a mean were shown, the one would follow. Rather than losing the mean, which is what the PMM
    publishes, a few more values are not shown. Those are chosen that serve the most totals.
    """
    found = set(hidden)
    large = [
        (t.members, min(max(minimum, t.least_hidden), len(t.members)))
        for t in totals
        if len(t.members) >= minimum and not t.is_at_end
    ]
    while True:
        lacking = [members for members, least in large if 0 < len(members & found) < least]
        if not lacking:
            return frozenset(found)
        served: dict[str, int] = defaultdict(int)
        for members in lacking:
            for member in members - found:
                served[member] += 1
        found.add(min(served, key=lambda member: (-served[member], member)))


def atoms(totals: Iterable[frozenset[str]], hidden: Collection[str]) -> list[frozenset[str]]:
    """The hidden Members, grouped by the set of totals they are in.

    Two Members of one atom are in the same totals, so no total distinguishes them.
    """
    patterns: dict[str, list[int]] = {member: [] for member in hidden}
    for index, members in enumerate(totals):
        for member in members:
            if member in patterns:
                patterns[member].append(index)
    found: dict[tuple[int, ...], set[str]] = defaultdict(set)
    for member, pattern in patterns.items():
        found[tuple(pattern)].add(member)
    return [frozenset(members) for pattern, members in sorted(found.items()) if pattern]


def vector(members: Collection[str], columns: dict[str, int]) -> NDArray[np.float64]:
    """A total as an equation: 1 for each of its hidden Members, shape (columns,)."""
    found = np.zeros(len(columns))
    found[[columns[member] for member in members if member in columns]] = 1.0
    return found


class RowSpace:
    """The row space of what is shown, and how far the protected vectors are outside of it.

    Args:
        n_columns: hidden Members.
        protected: vectors that must stay outside, each of shape (n_columns,).
    """

    def __init__(self, n_columns: int, protected: Sequence[NDArray[np.float64]]) -> None:
        self.basis = np.zeros((0, n_columns))
        # what of each protected vector is outside the row space, each scaled to one
        lengths = [float(np.linalg.norm(v)) for v in protected]
        self.outside = np.array([v / length for v, length in zip(protected, lengths, strict=True)]).reshape(-1, n_columns)

    def add(self, row: NDArray[np.float64], *, is_given: bool = False) -> bool:
        """Add a row, unless a protected vector would then lie in the row space and it is not given; whether it was added."""
        rest = self._rest(row)
        if _is_rounding(rest, row):
            return True  # it follows from what is shown already
        direction = rest / np.linalg.norm(rest)
        outside = self.outside - np.outer(self.outside @ direction, direction)
        if not is_given and len(outside) and float((outside**2).sum(axis=1).min()) < NEGLIGIBLE:
            return False
        self.outside = outside
        self.basis = np.vstack([self.basis, direction])
        return True

    def holds(self, row: NDArray[np.float64]) -> bool:
        """Whether a row lies in the space."""
        return _is_rounding(self._rest(row), row)

    def _rest(self, row: NDArray[np.float64]) -> NDArray[np.float64]:
        """The part of a row that is orthogonal to the space."""
        rest = row - self.basis.T @ (self.basis @ row)
        return rest - self.basis.T @ (self.basis @ rest)  # once more, for what rounding left


def _is_rounding(rest: NDArray[np.float64], row: NDArray[np.float64]) -> bool:
    """Whether the rest of a row is so small that only rounding explains it."""
    return float(rest @ rest) < NEGLIGIBLE * max(1.0, float(row @ row))
