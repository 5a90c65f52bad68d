"""Rounded counts of hidden answers, against exhaustive search: every combination of answers of small rosters is tried."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np
from hypothesis import event, example, given
from hypothesis import strategies as st
from scipy import stats

from orchestration.disclosure import counts
from orchestration.disclosure.changes import NO_CHANGES, Changes
from orchestration.disclosure.counts import Pool, Question, Relation, choose_counts, swapped

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


@contextmanager
def many_are(is_of_many: bool) -> Iterator[None]:
    """As many Members as there are count as many, or do not."""
    with mock.patch.object(counts, "MANY", 0 if is_of_many else counts.MANY):
        yield


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


@given(case=questions(), is_of_many=st.booleans())
@example(case=AT_A_THRESHOLD, is_of_many=False)
def test_every_hidden_answer_could_be_another_one_for_everybody_else(
    case: tuple[Question, np.ndarray], *, is_of_many: bool
) -> None:
    question, can_be_shown = case
    with many_are(is_of_many):
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
FEW_WORLDS = (
    Question(
        np.array([2, 2, 2, 1, 2]),
        3,
        np.array([True] * 3),
        np.array(
            [
                [True] * 5,
                [True, False, False, True, True],
                [False, True, True, False, False],
                [False, True, True, True, False],
                [True, False, False, False, True],
            ]
        ),
        2,
    ),
    np.array([True, True, False, True, False]),
)
"""There are so few worlds that no search comes upon all of them: an integer program finds the last."""


@given(case=questions(), is_of_many=st.booleans())
@example(case=FEW_OTHER_ANSWERS, is_of_many=False)
@example(case=FEW_WORLDS, is_of_many=False)
def test_nothing_is_withheld_where_everything_is_safe(case: tuple[Question, np.ndarray], *, is_of_many: bool) -> None:
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
        with many_are(is_of_many):
            assert (choose_counts(question, can_be_shown).groups == can_be_shown).all()


@given(questions(), st.integers(0, 100))
def test_swapped_answers_change_no_count(case: tuple[Question, np.ndarray], seed: int) -> None:
    question, _ = case
    worlds = swapped(question, 20, np.random.default_rng(seed))
    truth = published(question, question.answers, np.ones(len(question.groups), dtype=bool), with_class=False)
    assert all(
        published(question, w, np.ones(len(question.groups), dtype=bool), with_class=False) == truth
        for w in worlds.worlds(question.answers)
    )


@given(st.integers(0, 1000))
def test_it_is_the_same_whether_few_or_many_are_asked_for(seed: int) -> None:
    chance = np.random.default_rng(seed)
    truth, owners = chance.integers(0, 3, 12), np.array([*range(9), 0, 3, 3])
    answers = np.where(chance.random((int(chance.integers(0, 12)), 12)) < 0.4, (truth + 1) % 3, truth)
    values = np.array([centred(np.where(chance.random(12) < 0.2, np.nan, chance.integers(0, 6, 12))) for _ in range(2)])
    relations = tuple(Relation(own, THRESHOLDS) for own in values)
    question = Question(truth, 3, np.ones(3, dtype=bool), np.ones((1, 12), dtype=bool), 3, relations)
    pool = Pool(truth, owners, Changes.of(answers, truth))
    few, agree = pool.unsafe(), counts._agreeing(question, pool.changes)
    with many_are(True):
        many, agree_of_many = pool.unsafe(), counts._agreeing(question, pool.changes)
    assert few[0].tolist() == many[0].tolist()
    for unsafe, against in (few, many):
        # whoever answers otherwise in all of an answer's worlds, or where it has none, whose it is
        for answer, owner in zip(unsafe, against, strict=True):
            own = pool.is_changed[:, answer]
            assert pool.is_changed[own][:, owners == owner].any(axis=1).all() if own.any() else owner == owners[answer]
            assert owner != owners[answer] or not own.any()
    assert (agree == agree_of_many).all()


def test_of_many_members_every_group_of_some_size_is_shown() -> None:
    chance = np.random.default_rng(3)
    n = 1500
    of_member = chance.integers(0, 6, (3, n))
    groups = np.vstack([np.ones(n, dtype=bool), *(own == group for own in of_member for group in range(6))])
    # few answer otherwise, and of most groups' Members all alike
    question = Question((chance.random(n) > 0.03).astype(int), 2, np.array([False, True]), groups, 3)
    choice = choose_counts(question, np.ones(len(groups), dtype=bool))
    assert choice.groups.all()
    assert len(choice.worlds.unsafe()[0]) == 0


def test_a_found_proof_is_not_looked_for_again() -> None:
    chance = np.random.default_rng(1)
    groups = np.vstack([np.ones(30, dtype=bool), *(np.arange(30) % 3 == g for g in range(3))])
    question = Question(chance.integers(0, 2, 30), 2, np.array([False, True]), groups, 3)
    first = choose_counts(question, np.ones(4, dtype=bool))
    again = choose_counts(question, np.ones(4, dtype=bool), first.worlds.changes)
    assert (again.groups == first.groups).all()
    assert first.groups[0]
    assert len(first.worlds.unsafe()[0]) == 0


def test_no_worlds_prove_nobody_safe() -> None:
    groups = np.ones((1, 4), dtype=bool)
    question = Question(np.array([0, 1, 1, 0]), 2, np.array([False, True]), groups, 3)
    choice = choose_counts(question, np.array([True]), NO_CHANGES)
    assert choice.worlds.unsafe()[0].tolist() == [0, 1, 2, 3]
