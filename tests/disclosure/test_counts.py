"""Rounded counts of hidden answers, against exhaustive search: every combination of answers of small rosters is tried."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import event, example, given
from hypothesis import strategies as st
from scipy import stats

from orchestration.disclosure.counts import Question, Relation, choose_counts

THRESHOLDS = (0.1, 0.3, 0.5)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Question, np.ndarray]:
    """Answers of a few Members, their groups, and now and then a KPI that the answers are correlated with."""
    kinds = draw(st.sampled_from([2, 2, 3]))
    n = draw(st.integers(3, 8 if kinds == 2 else 6))
    groups = [[True] * n]
    for _ in range(draw(st.integers(1, 2))):
        of_member = [draw(st.integers(0, 2)) for _ in range(n)]
        groups += [[one == group for one in of_member] for group in set(of_member)]
    answers = np.array([draw(st.integers(0, kinds - 1)) for _ in range(n)])
    values = [draw(st.sampled_from([float("nan"), 1.0, 2.0, 3.0, 4.0, 5.0])) for _ in range(n)]
    has_relation = draw(st.booleans()) and np.unique([v for v in values if v == v]).size > 1
    relations = (Relation(centred(np.array(values)), THRESHOLDS),) if has_relation else ()
    is_counted = np.array([kinds == 3, *[True] * (kinds - 1)])
    question = Question(answers, kinds, is_counted, np.array(groups), draw(st.sampled_from([2, 3, 3, 4])), relations)
    return question, np.array(groups).sum(axis=1) >= draw(st.integers(1, 3))


def centred(values: np.ndarray) -> np.ndarray:
    ranks = np.full(len(values), np.nan)
    has = ~np.isnan(values)
    ranks[has] = stats.rankdata(values[has]) - (has.sum() + 1) / 2
    return ranks


def published(question: Question, answers: np.ndarray, groups: np.ndarray, *, with_class: bool) -> tuple[float, ...]:
    """What an audience is shown of some answers, computed as the words of the definition say."""
    said: list[float] = []
    for own in question.groups[groups]:
        n = int(own.sum())
        for kind in np.flatnonzero(question.is_counted):
            count = int((answers[own] == kind).sum())
            nearest = question.base * int(count / question.base + 0.5)
            said.append(min(nearest, n // question.base * question.base))
    for relation in question.relations if with_class else ():
        has = ~np.isnan(relation.values)
        x, y = answers[has], relation.values[has]
        rho = 0.0 if np.ptp(x) == 0 else float(stats.spearmanr(x, y).statistic)
        strength = sum(abs(rho) >= t for t in THRESHOLDS)
        said += [strength, np.sign(rho) if strength else 0]
    return tuple(said)


NAN = float("nan")
AT_A_THRESHOLD = (
    Question(
        np.array([0, 0, 0, 0, 0, 2]),
        3,
        np.array([True] * 3),
        np.array([[True] * 6] * 2),
        2,
        (Relation(np.array([NAN, -1.0, -1.0, -1.0, 1.0, 2.0]), THRESHOLDS),),
    ),
    np.array([True, True]),
)
"""A coefficient that is a threshold, but for arithmetic's rounding, where one answers otherwise."""


@given(questions())
@example(AT_A_THRESHOLD)
def test_every_hidden_answer_could_be_another_one_for_everybody_else(case: tuple[Question, np.ndarray]) -> None:
    question, can_be_shown = case
    choice = choose_counts(question, can_be_shown)
    assert not (choice.groups & ~can_be_shown).any()
    with_class = bool(choice.relations.any())
    truth = published(question, question.answers, choice.groups, with_class=with_class)
    n = len(question.answers)
    every = np.array(list(itertools.product(range(question.n_answers), repeat=n)))
    possible = np.array([w for w in every if published(question, w, choice.groups, with_class=with_class) == truth])
    told = question.groups[choice.groups].any(axis=0)
    if with_class:
        told |= ~np.isnan(question.relations[0].values)
    for secret in np.flatnonzero(told):
        for insider in range(n):
            if insider == secret:
                continue
            left = possible[possible[:, insider] == question.answers[insider]]
            assert len(set(left[:, secret])) > 1, (secret, insider)
    # and the worlds that are to prove it are possible
    there = {tuple(w) for w in possible}
    assert all(tuple(w) in there for w in choice.worlds.answers)


FEW_OTHER_ANSWERS = (
    Question(
        np.array([1, 1, 1, 2, 1]),
        3,
        np.array([True] * 3),
        np.array([[True] * 5, [True, True, False, False, False], [False, False, True, True, True]]),
        2,
    ),
    np.array([True, False, True]),
)
"""One of a Member's two other answers is in no world: a search that begins with it finds none."""


@given(questions())
@example(FEW_OTHER_ANSWERS)
def test_nothing_is_withheld_where_everything_is_safe(case: tuple[Question, np.ndarray]) -> None:
    question, can_be_shown = case
    question = Question(question.answers, question.n_answers, question.is_counted, question.groups, question.base)
    truth = published(question, question.answers, can_be_shown, with_class=False)
    n = len(question.answers)
    every = np.array(list(itertools.product(range(question.n_answers), repeat=n)))
    possible = np.array([w for w in every if published(question, w, can_be_shown, with_class=False) == truth])
    told = np.flatnonzero(question.groups[can_be_shown].any(axis=0))
    is_safe = all(
        len(set(possible[possible[:, insider] == question.answers[insider]][:, secret])) > 1
        for secret in told
        for insider in range(n)
        if insider != secret
    )
    event(f"all of it is safe: {is_safe}")
    if is_safe:
        assert (choose_counts(question, can_be_shown).groups == can_be_shown).all()


def test_a_found_proof_is_not_looked_for_again() -> None:
    chance = np.random.default_rng(1)
    groups = np.vstack([np.ones(30, dtype=bool), *(np.arange(30) % 3 == g for g in range(3))])
    question = Question(chance.integers(0, 2, 30), 2, np.array([False, True]), groups, 3)
    first = choose_counts(question, np.ones(4, dtype=bool))
    again = choose_counts(question, np.ones(4, dtype=bool), first.worlds.answers)
    assert (again.groups == first.groups).all()
    assert first.groups[0]
    assert len(first.worlds.unsafe()[0]) == 0


def test_no_worlds_prove_nobody_safe() -> None:
    groups = np.ones((1, 4), dtype=bool)
    question = Question(np.array([0, 1, 1, 0]), 2, np.array([False, True]), groups, 3)
    choice = choose_counts(question, np.array([True]), np.zeros((0, 4), dtype=int))
    assert choice.worlds.unsafe()[0].tolist() == [0, 1, 2, 3]
