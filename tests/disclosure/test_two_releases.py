"""What two publications of one cycle tell together, against exhaustive search: every combination of answers of small rosters is tried.

Some Members corrected their answer between them, or came only for the second; what each publication shows is chosen by the
code, the second one beside the first. As the code does, the search takes an intruder to know who corrected something.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from hypothesis import Phase, assume, event, given, settings
from hypothesis import strategies as st

from orchestration.disclosure.counts import Question, choose_counts
from orchestration.disclosure.values import Target, choose_values
from orchestration.publication.protection.answered import Answered
from orchestration.publication.protection.earlier import Answer, ReleasedAnswers, ReleasedValues
from orchestration.publication.protection.instruments import choose_beside as choose_counts_beside
from orchestration.publication.protection.kpis import choose_beside as choose_values_beside
from tests.disclosure import test_counts, test_values

NAMES = tuple("ABCDEFGH")


@st.composite
def questions(draw: st.DrawFn) -> tuple[Question, np.ndarray, Question, np.ndarray, list[int]]:
    """Two publications of the answers on one question, which groups are large enough in each, and who is in the first."""
    kinds = draw(st.sampled_from([2, 2, 3]))
    n = draw(st.integers(3, 6 if kinds == 2 else 4))
    groups = [[True] * n]
    for _ in range(draw(st.integers(0, 2))):
        of_member = [draw(st.integers(0, 1)) for _ in range(n)]
        groups += [[one == group for one in of_member] for group in set(of_member)]
    now = np.array([draw(st.integers(0, kinds - 1)) for _ in range(n)])
    before = now.copy()
    for member in draw(st.lists(st.integers(0, n - 1), max_size=2)):
        before[member] = draw(st.integers(0, kinds - 1))
    newcomers = draw(st.sets(st.integers(0, n - 1), max_size=1))
    there = [member for member in range(n) if member not in newcomers]
    is_counted, base = np.array([kinds == 3, *[True] * (kinds - 1)]), draw(st.sampled_from([2, 3, 3]))
    least = draw(st.integers(1, 2))
    is_in = np.array(groups)
    first = Question(before[there], kinds, is_counted, is_in[:, there], base)
    second = Question(now, kinds, is_counted, is_in, base)
    return first, is_in[:, there].sum(axis=1) >= least, second, is_in.sum(axis=1) >= least, there


@given(questions())
def test_no_answer_follows_from_two_publications(case: tuple[Question, np.ndarray, Question, np.ndarray, list[int]]) -> None:
    first, can_be_first, second, can_be_second, there = case
    at_first_choice = choose_counts(first, can_be_first)
    released, proof = at_first_choice.groups, at_first_choice.worlds.answers.astype(float)
    names = [NAMES[member] for member in there]
    before: list[Answer] = [(name, float(score)) for name, score in zip(names, first.answers.tolist(), strict=True)]
    of = Answered("c", "I01", "usage", NAMES[: len(second.answers)], tuple(second.answers.tolist()))
    choice, is_safe, _ = choose_counts_beside(
        second, can_be_second, of, [ReleasedAnswers(tuple(before), first.groups[released], (), proof)]
    )
    now: list[Answer] = [(name, float(score)) for name, score in zip(of.members, of.scores, strict=True)]
    unknown = list(dict.fromkeys([*now, *before]))
    at_first, at_second = ([unknown.index(answer) for answer in own] for own in (before, now))
    worlds = np.array(list(itertools.product(range(second.n_answers), repeat=len(unknown))))
    truth = np.array([int(score) for _, score in unknown])

    def possible(shown: np.ndarray) -> np.ndarray:
        said = [
            test_counts.published(first, world[at_first], released, with_class=False)
            + test_counts.published(second, world[at_second], shown, with_class=False)
            for world in [truth, *worlds]
        ]
        return worlds[[one == said[0] for one in said[1:]]]

    def is_each_safe(left: np.ndarray, shown: np.ndarray) -> bool:
        of_groups = {unknown[at_first[i]] for i in np.flatnonzero(first.groups[released].any(axis=0))}
        of_groups |= {unknown[at_second[i]] for i in np.flatnonzero(second.groups[shown].any(axis=0))}
        return all(
            len({row[unknown.index(secret)] for row in left[(left[:, own] == truth[own]).all(axis=1)]}) > 1
            for secret in of_groups
            for insider in {name for name, _ in unknown} - {secret[0]}
            for own in [[i for i, (name, _) in enumerate(unknown) if name == insider]]
        )

    event(f"safe: {is_safe}, all shown: {bool((choice.groups == can_be_second).all())}")
    if is_safe:
        assert is_each_safe(possible(choice.groups), choice.groups)
    elif is_each_safe(possible(can_be_second), can_be_second):
        raise AssertionError("all of it could be shown, and is held")


@given(test_counts.questions())
def test_what_was_told_can_be_told_again(case: tuple[Question, np.ndarray]) -> None:
    question, can_be_shown = replace(case[0], relations=()), case[1]
    first = choose_counts(question, can_be_shown)
    of = Answered("c", "I01", "usage", NAMES[: len(question.answers)], tuple(question.answers.tolist()))
    released = ReleasedAnswers(
        tuple(zip(of.members, of.scores, strict=True)), question.groups[first.groups], (), first.worlds.answers.astype(float)
    )
    assert choose_counts_beside(question, can_be_shown, of, [released])[1]


@st.composite
def targets(draw: st.DrawFn) -> tuple[Target, Target]:
    """Two publications of the values of a KPI; in the second some are corrected, and secrets are other ones."""
    now = draw(test_values.targets())
    n = len(now.values)
    before = now.values.copy()
    for member in draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=2)):
        before[member] = float(draw(st.integers(0, test_values.TOP)))
    was_secret = now.is_secret | np.array([draw(st.integers(0, 4)) == 0 for _ in range(n)])
    return replace(now, values=before, is_secret=was_secret), now


@settings(phases=[Phase.generate])
@given(targets())
def test_no_value_follows_from_two_publications(case: tuple[Target, Target]) -> None:
    first, second = case
    n = len(second.values)
    nobody, no_worlds = np.zeros(n, dtype=bool), np.zeros((0, n))
    at_first = choose_values(first, test_values.can_be_shown(first), nobody, no_worlds)
    before: list[Answer] = list(zip(NAMES, first.values.tolist(), strict=False))
    now: list[Answer] = list(zip(NAMES, second.values.tolist(), strict=False))
    released = ReleasedValues(
        tuple(before), ~at_first.is_hidden, first.is_secret, first.groups, first.panels, at_first.shown, at_first.worlds
    )
    choice, beside = choose_values_beside(second, test_values.can_be_shown(second), nobody, now, [released], None)
    event(f"safe: {beside.is_safe}")
    assume(beside.is_safe)
    unknown = list(beside.answers)
    places = [[unknown.index(answer) for answer in own] for own in (before, now)]
    hidden = np.zeros(len(unknown), dtype=bool)
    for place, is_hidden in zip(places, (at_first.is_hidden, choice.is_hidden), strict=True):
        hidden[[at for at, one in zip(place, is_hidden, strict=True) if one]] = True
    for place, is_hidden in zip(places, (at_first.is_hidden, choice.is_hidden), strict=True):
        hidden[[at for at, one in zip(place, is_hidden, strict=True) if not one]] = False
    truth = [value for _, value in unknown]

    def said(worlds: np.ndarray) -> np.ndarray:
        shown = ((first, at_first.shown), (second, choice.shown))
        return np.hstack(
            [test_values.published(own, worlds[:, place], one) for (own, one), place in zip(shown, places, strict=True)]
        )

    as_it_is = said(np.array([truth]))
    assert (said(beside.worlds) == as_it_is).all()
    top = test_values.TOP if np.isfinite(second.maximum) else 2 * test_values.TOP
    ranges = [range(top + 1) if is_hidden else [value] for is_hidden, value in zip(hidden, truth, strict=True)]
    if np.prod([float(len(r)) for r in ranges]) > test_values.MOST:
        return
    every = test_values.every_world(ranges)
    possible = every[(said(every) == as_it_is).all(axis=1)]
    # who lets its answer be seen now has no secret any more
    is_let = {place for place, is_secret in zip(places[1], second.is_secret, strict=True) if not is_secret}
    for target, place in ((first, places[0]), (second, places[1])):
        is_secret = target.is_secret & hidden[place] & np.array([at not in is_let for at in place])
        for secret in np.flatnonzero(is_secret).tolist():
            low, high = target.goals(secret)
            for insider in set(NAMES[:n]) - {NAMES[secret]}:
                own = [i for i, (name, _) in enumerate(unknown) if name == insider]
                left = possible[(possible[:, own] == np.array(truth)[own]).all(axis=1)][:, place[secret]]
                assert left.min() <= low, (secret, insider)
                assert left.max() >= min(high, top), (secret, insider)
