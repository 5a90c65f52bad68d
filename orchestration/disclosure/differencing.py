"""Whose answer follows from two publications together: what either withholds, the difference of the two may tell.

Where one Member corrects a figure, or is the only one to come, the difference of the two totals is its own. Each publication
passes its audit by itself; this looks at both at once. Statistical disclosure control calls it disclosure by differencing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.disclosure.derivable import derivable

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Shown:
    """What a publication shows an audience of one question in a cycle.

    Attributes:
        answers: by Member what it answered, of those that enter the totals.
        groups: the Members of each group whose total is shown; those without an answer don't count.
        known: Members whose own answer is shown.
    """

    answers: Mapping[str, object]
    groups: frozenset[frozenset[str]]
    known: frozenset[str] = frozenset()


def members_known_by_both(before: Shown, after: Shown) -> list[str]:
    """Members whose hidden answer, or the change of it, follows from two publications together.

    An answer that is the same in both is one unknown, one that changed is two.
    """
    if before == after:
        return []  # nothing is added to what passed its own audit
    same = {m for m, answer in before.answers.items() if m in after.answers and after.answers[m] == answer}

    def name(member: str, side: str) -> str:
        return member if member in same else f"{side}/{member}"

    sides = (("before", before), ("after", after))
    known = {name(member, side) for side, shown in sides for member in shown.known}
    equations = []
    for side, shown in sides:
        for group in shown.groups:
            sums = {name(member, side): 1.0 for member in group & shown.answers.keys()}
            equations.append({unknown: one for unknown, one in sums.items() if unknown not in known})
    changes = {}
    for member in before.answers.keys() & after.answers.keys() - same:
        now, then = name(member, "after"), name(member, "before")
        if now not in known and then not in known:
            changes[f"change/{member}"] = {now: 1.0, then: -1.0}
    found = derivable([equation for equation in equations if equation], changes)
    return sorted({name.rpartition("/")[2] for name in found})
