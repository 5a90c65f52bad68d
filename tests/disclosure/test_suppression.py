"""Suppression and audit against brute force: exact rational elimination on thousands of small random cases."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.disclosure.derivable import derivable
from orchestration.disclosure.differencing import Shown, members_known_by_both
from orchestration.disclosure.suppression import Total, atoms, choose_further, choose_totals, hide_beside

MEMBERS = [f"M{i}" for i in range(10)]


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


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Total[str]], frozenset[str], int]:
    """A roster of some groupings, each of which divides the Members that reported, and their choices of disclosure."""
    members = MEMBERS[: draw(st.integers(1, len(MEMBERS)))]
    totals = [Total("all", frozenset(members))]
    for grouping in range(draw(st.integers(1, 3))):
        groups: dict[int, set[str]] = {}
        for member in members:
            groups.setdefault(draw(st.integers(0, 3)), set()).add(member)
        totals += [Total(f"{grouping}/{group}", frozenset(own)) for group, own in sorted(groups.items())]
    hidden = frozenset(m for m in members if draw(st.booleans()))
    return totals, hidden, draw(st.integers(2, 4))


def row(members: frozenset[str], hidden: frozenset[str]) -> list[int]:
    return [int(m in members) for m in sorted(hidden)]


@settings(max_examples=1500, deadline=None)
@given(cases())
def test_nothing_withheld_follows_from_what_is_shown(case: tuple[list[Total[str]], frozenset[str], int]) -> None:
    totals, hidden, minimum = case
    decision = choose_totals(totals, hidden, minimum)
    assert hidden <= decision.hidden
    shown = [row(t.members, decision.hidden) for t in totals if t.key not in decision.reasons]
    for member in decision.hidden:
        assert not is_in_row_space(shown, row(frozenset([member]), decision.hidden)), member
    for total in totals:
        n_hidden = len(total.members & decision.hidden)
        if total.key in decision.reasons:
            if n_hidden:
                assert not is_in_row_space(shown, row(total.members, decision.hidden)), total
        else:
            assert len(total.members) >= minimum
            assert n_hidden == 0 or n_hidden >= minimum
    for atom in atoms([t.members for t in totals if t.key not in decision.reasons], decision.hidden):
        if len(atom) < minimum:
            assert not is_in_row_space(shown, row(atom, decision.hidden))


@settings(max_examples=1500, deadline=None)
@given(cases(), st.data())
def test_the_audit_misses_no_leak_and_cries_no_wolf(
    case: tuple[list[Total[str]], frozenset[str], int], data: st.DataObject
) -> None:
    totals, hidden, _ = case
    is_shown = [data.draw(st.booleans()) for _ in totals]
    shown = [t for t, is_so in zip(totals, is_shown, strict=True) if is_so]
    withheld = {t.key: t for t, is_so in zip(totals, is_shown, strict=True) if not is_so and t.members & hidden}
    rows = [row(t.members, hidden) for t in shown]
    expected = {m for m in hidden if is_in_row_space(rows, row(frozenset([m]), hidden))}
    expected |= {key for key, t in withheld.items() if is_in_row_space(rows, row(t.members, hidden))}
    found = derivable(
        [dict.fromkeys(t.members & hidden, 1.0) for t in shown],
        {**{m: {m: 1.0} for m in hidden}, **{key: dict.fromkeys(t.members & hidden, 1.0) for key, t in withheld.items()}},
    )
    assert set(found) == expected


@settings(max_examples=200, deadline=None)
@given(cases())
def test_without_suppression_the_audit_fails_wherever_something_follows(
    case: tuple[list[Total[str]], frozenset[str], int],
) -> None:
    totals, hidden, _ = case
    rows = [row(t.members, hidden) for t in totals]
    found = derivable([dict.fromkeys(t.members & hidden, 1.0) for t in totals], {m: {m: 1.0} for m in hidden})
    assert {m for m in hidden if is_in_row_space(rows, row(frozenset([m]), hidden))} == set(found)


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


def test_a_withheld_group_takes_another_of_its_grouping_with_it() -> None:
    """The textbook case: all and five of six groups would give the sixth."""
    groups = {"a": "12", "b": "345", "c": "6789", "d": "vwxyz"}
    totals = [Total("all", frozenset("".join(groups.values())))]
    totals += [Total(key, frozenset(own)) for key, own in sorted(groups.items(), key=lambda item: -len(item[1]))]
    decision = choose_totals(totals, frozenset("".join(groups.values())), 3)
    assert decision.reasons == {"a": "too few Members", "b": "complementary"}


def test_one_hidden_value_hides_as_many_beside_it_as_keep_the_mean() -> None:
    totals = [Total("all", frozenset("abcdefg")), Total("x", frozenset("abcd")), Total("y", frozenset("efg"))]
    assert hide_beside(totals, {"a"}, 3) == frozenset("abc")
    decision = choose_totals(totals, {"a"}, 3)
    assert decision.reasons == {}
    assert len(decision.hidden) == 3


def test_what_all_may_see_is_shown_whole() -> None:
    totals = [Total("all", frozenset("abcd")), Total("x", frozenset("ab")), Total("y", frozenset("cd"))]
    decision = choose_totals(totals, (), 3)
    assert decision.hidden == frozenset()
    assert decision.reasons == {"x": "too few Members", "y": "too few Members"}


def test_a_total_that_tells_every_value_is_withheld() -> None:
    totals = [Total("all", frozenset("abcdef"), is_at_end=True), Total("x", frozenset("abc")), Total("y", frozenset("def"))]
    decision = choose_totals(totals, frozenset("abcdef"), 3)
    assert decision.reasons["all"] == "end of the range"
    assert "complementary" in decision.reasons.values()


@st.composite
def two_cycles(draw: st.DrawFn) -> tuple[list[tuple[list[Total[str]], frozenset[str]]], list[frozenset[str]], int]:
    """Members of two cycles, each with its totals and hidden values, and the groups of the later one for panels."""
    minimum = draw(st.integers(2, 3))
    cycles, groups = [], []
    for cycle in ("a", "b"):
        members = [m for m in MEMBERS[:8] if draw(st.integers(0, 4))]
        groups = [frozenset(members)]
        for _ in range(draw(st.integers(1, 2))):
            division: dict[int, set[str]] = {}
            for member in members:
                division.setdefault(draw(st.integers(0, 2)), set()).add(member)
            groups += [frozenset(own) for own in division.values()]
        totals = [Total(f"{cycle}{i}", of(cycle, group)) for i, group in enumerate(groups)]
        hidden = of(cycle, frozenset(m for m in members if draw(st.booleans())))
        cycles.append((totals, hidden))
    return cycles, groups, minimum


def of(cycle: str, members: frozenset[str]) -> frozenset[str]:
    return frozenset(f"{cycle}/{member}" for member in members)


@settings(max_examples=800, deadline=None)
@given(two_cycles())
def test_panels_give_nothing_away_that_two_cycles_withhold(
    case: tuple[list[tuple[list[Total[str]], frozenset[str]]], list[frozenset[str]], int],
) -> None:
    cycles, groups, minimum = case
    decisions = [choose_totals(totals, hidden, minimum) for totals, hidden in cycles]
    hidden = frozenset().union(*(d.hidden for d in decisions))
    totals = [t for own, _ in cycles for t in own]
    reasons = {key: reason for d in decisions for key, reason in d.reasons.items()}
    both = {m.split("/")[1] for m in cycles[0][0][0].members} & {m.split("/")[1] for m in cycles[1][0][0].members}
    panels = [Total(f"panel {c}{i}", of(c, group & both)) for i, group in enumerate(groups) if group & both for c in "ab"]
    further = choose_further(
        [t.members for t in totals if t.key not in reasons],
        [t.members for t in totals if t.key in reasons],
        panels,
        hidden,
        minimum,
    )
    shown = [row(t.members, hidden) for t in totals if t.key not in reasons]
    shown += [row(t.members, hidden) for t in panels if t.key not in further]
    for member in hidden:
        assert not is_in_row_space(shown, row(frozenset([member]), hidden)), member
    for total in totals:
        if total.key in reasons and total.members & hidden:
            assert not is_in_row_space(shown, row(total.members, hidden)), total
    members = [t.members for t in totals if t.key not in reasons] + [t.members for t in panels if t.key not in further]
    for atom in atoms(members, hidden):
        if len(atom) < minimum:
            assert not is_in_row_space(shown, row(atom, hidden))
    for panel in panels:
        if panel.key not in further:
            n_hidden = len(panel.members & hidden)
            assert len(panel.members) >= minimum
            assert n_hidden == 0 or n_hidden >= minimum
