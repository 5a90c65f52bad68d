"""What two publications tell together, against brute force: exact elimination on hundreds of small random cases."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.disclosure.derivable import derivable
from orchestration.disclosure.differencing import Shown, members_known_by_both

MEMBERS = [f"M{i}" for i in range(7)]


def is_in_row_space(rows: list[list[int]], wanted: list[int]) -> bool:
    """Whether `wanted` is a combination of the rows, by Gauss's elimination in fractions."""
    basis: list[list[Fraction]] = []

    def reduce(row: list[Fraction]) -> list[Fraction]:
        for other in basis:
            pivot = next(i for i, x in enumerate(other) if x)
            row = [a - row[pivot] / other[pivot] * b for a, b in zip(row, other, strict=True)]
        return row

    for row in rows:
        left = reduce([Fraction(x) for x in row])
        if any(left):
            basis.append(left)
    return not any(reduce([Fraction(x) for x in wanted]))


@settings(max_examples=800, deadline=None)
@given(st.lists(st.frozensets(st.sampled_from(MEMBERS), min_size=1), max_size=6), st.frozensets(st.sampled_from(MEMBERS)))
def test_what_follows_from_sums_is_found_and_nothing_else(sums: list[frozenset[str]], wanted: frozenset[str]) -> None:
    rows = [[int(m in own) for m in MEMBERS] for own in sums]
    expected = {m for m in frozenset().union(*sums) if is_in_row_space(rows, [int(m == n) for n in MEMBERS])}
    if wanted and is_in_row_space(rows, [int(m in wanted) for m in MEMBERS]):
        expected.add("wanted")
    found = derivable([dict.fromkeys(own, 1.0) for own in sums], {"wanted": dict.fromkeys(wanted, 1.0)})
    assert set(found) - (wanted - frozenset().union(*sums)) == expected


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Shown, Shown]:
    """Two publications: between them Members come, go, correct their answers or move to another group."""
    members = MEMBERS[: draw(st.integers(1, 7))]

    def shown(answers: dict[str, object], group_of: dict[str, int]) -> Shown:
        groups = [frozenset(answers), *(frozenset(m for m in answers if group_of[m] == g) for g in range(3))]
        known = frozenset(m for m in answers if draw(st.integers(0, 5)) == 0)
        return Shown(answers, frozenset(g for g in groups if g and draw(st.integers(0, 4)) > 0), known)

    first = {m: 1 for m in members if draw(st.integers(0, 4))}
    second = {m: 2 if draw(st.integers(0, 4)) == 0 else 1 for m in members if draw(st.integers(0, 4))}
    group_of = {m: draw(st.integers(0, 2)) for m in members}
    moved = {m: draw(st.integers(0, 2)) if draw(st.integers(0, 6)) == 0 else g for m, g in group_of.items()}
    return shown(dict(first), group_of), shown(dict(second), moved)


@settings(max_examples=800, deadline=None)
@given(pairs())
def test_what_two_publications_tell_together_is_told(pair: tuple[Shown, Shown]) -> None:
    """By brute force each answer of each side is an unknown; that two are the same, or one is shown, is an equation."""
    unknowns = [(side, m) for side in (0, 1) for m in pair[side].answers]

    def vector(parts: dict[tuple[int, str], int]) -> list[int]:
        return [parts.get(unknown, 0) for unknown in unknowns]

    both = pair[0].answers.keys() & pair[1].answers.keys()
    same = {m for m in both if pair[0].answers[m] == pair[1].answers[m]}
    seen = {(side, m) for side in (0, 1) for m in pair[side].known}
    seen |= {(1 - side, m) for side, m in seen if m in same}
    rows = [vector({one: 1}) for one in seen] + [vector({(0, m): 1, (1, m): -1}) for m in same]
    rows += [vector({(side, m): 1 for m in group}) for side in (0, 1) for group in pair[side].groups]
    expected = {m for side, m in unknowns if (side, m) not in seen and is_in_row_space(rows, vector({(side, m): 1}))}
    for m in both - same:
        if not {(0, m), (1, m)} & seen and is_in_row_space(rows, vector({(0, m): 1, (1, m): -1})):
            expected.add(m)
    assert members_known_by_both(*pair) == (sorted(expected) if pair[0] != pair[1] else [])
