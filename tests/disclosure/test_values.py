"""Figures of KPIs beside secret values, against exhaustive search: every combination of values of small rosters is tried."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy import stats

from orchestration.disclosure.values import Shown, Target, choose_values, prove, tells_alike

TOP = 4
"""The largest value; the least is 0."""
MOST_MEMBERS = 6
MOST = 2_000
"""Combinations that are tried of one case at most."""


@st.composite
def targets(draw: st.DrawFn) -> Target:
    """Whole values from 0 to 4 of a few Members, some of them secret, in groups and panels."""
    n = draw(st.integers(3, MOST_MEMBERS))
    groups = [[True] * n]
    for _ in range(draw(st.integers(1, 2))):
        of_member = [draw(st.integers(0, 1)) for _ in range(n)]
        groups += [[one == group for one in of_member] for group in set(of_member)]
    panels = [[draw(st.booleans()) for _ in range(n)] for _ in range(draw(st.integers(0, 1)))]
    return Target(
        np.array([float(draw(st.integers(0, TOP))) for _ in range(n)]),
        np.array([draw(st.integers(0, 2)) == 0 for _ in range(n)]),
        0.0,
        draw(st.sampled_from([float(TOP), float(TOP), np.inf])),
        draw(st.sampled_from([0, 1])),
        True,
        draw(st.sampled_from([10.0, 30.0])),
        np.array(groups),
        np.array(panels, dtype=bool).reshape(-1, n),
        draw(st.integers(1, 3)),
        3,
        MOST_MEMBERS + 1,  # so few are not judged
        (0.5, 1.0),
        -1,
    )


def can_be_shown(target: Target) -> Shown:
    n = target.groups.sum(axis=1)
    return Shown(
        n >= target.least_for_mean,
        np.repeat((n >= target.least_for_shape)[:, None], 3, axis=1),
        n >= target.least_for_shape,
        n >= target.least_for_mean,
        target.panels.sum(axis=1) >= target.least_for_mean,
    )


NOTHING = -99.0
"""Where there is no figure."""


def published(target: Target, worlds: np.ndarray, shown: Shown) -> np.ndarray:
    """What an audience is shown of each of some worlds, computed by pandas and scipy; shape (worlds, figures)."""
    said: list[np.ndarray] = []
    for number, group in enumerate(target.groups):
        own = pd.DataFrame(worlds[:, group].T)
        varies = (own.max() != own.min()).to_numpy()
        if shown.mean[number]:
            said.append(digits(own.mean(), target.decimals))
        for quarter in np.flatnonzero(shown.quartiles[number]):
            said.append(digits(own.quantile((quarter + 1) / 4), target.decimals))
        skewness = np.full(len(worlds), np.nan)
        if len(own) > 2 and varies.any():
            skewness[varies] = stats.skew(own.loc[:, varies], axis=0, bias=False)
        if shown.shape[number]:
            said += [digits(own.std(), target.decimals), digits(skewness, 2)]
        judgement = judged(target, skewness) if len(own) >= target.least_for_judgement else np.full(len(worlds), NOTHING)
        if shown.judgement[number]:
            said.append(judgement)
        if number == 0:  # goals say whether most do well
            said.append((judgement != NOTHING) & (judgement * target.well > 0))
    for number, panel in enumerate(target.panels):
        if shown.panels[number]:
            said.append(digits(pd.DataFrame(worlds[:, panel].T).mean(), target.decimals))
    return np.column_stack(said)


def digits(figures: pd.Series | np.ndarray | float, decimals: int) -> np.ndarray:
    """Rounded half away from zero; what is a half but for arithmetic is a half."""
    unit, exact = 10**decimals, np.asarray(figures, dtype=float)
    found = np.sign(exact) * np.floor(np.abs(exact) * unit + 0.5 + 1e-9) / unit + 0.0
    return np.where(np.isnan(found), NOTHING, found)


def judged(target: Target, skewness: np.ndarray) -> np.ndarray:
    sides = [sum((side * skewness >= t).astype(float) for t in target.thresholds) for side in (1, -1)]
    return np.where(np.isnan(skewness), NOTHING, sides[0] - sides[1])


def every_world(ranges: Sequence[Iterable[float]]) -> np.ndarray:
    """All combinations of values; shape (worlds, n)."""
    return np.array(list(itertools.product(*ranges)), dtype=float)


@settings(phases=[Phase.generate])
@given(targets())
def test_every_secret_could_be_farther_off_for_everybody_else(target: Target) -> None:
    choice = choose_values(
        target, can_be_shown(target), np.zeros(len(target.values), dtype=bool), np.zeros((0, len(target.values)))
    )
    assert not (target.is_secret & ~choice.is_hidden).any()
    assert not prove(target, choice.worlds)
    truth = published(target, target.values[None], choice.shown)
    top = TOP if np.isfinite(target.maximum) else 2 * TOP
    ranges = [range(top + 1) if hidden else [value] for hidden, value in zip(choice.is_hidden, target.values, strict=True)]
    assert (published(target, choice.worlds, choice.shown) == truth).all()
    if np.prod([float(len(r)) for r in ranges]) > MOST:
        return
    every = every_world(ranges)
    possible = every[(published(target, every, choice.shown) == truth).all(axis=1)]
    for secret in np.flatnonzero(target.is_secret):
        low, high = target.goals(int(secret))
        for insider in range(len(target.values)):
            left = (
                possible[possible[:, insider] == target.values[insider]][:, secret] if insider != secret else possible[:, secret]
            )
            assert left.min() <= low, (secret, insider)
            assert left.max() >= min(high, top), (secret, insider)


@given(targets())
def test_what_has_no_secret_is_shown_whole(target: Target) -> None:
    from dataclasses import replace

    target = replace(target, is_secret=np.zeros(len(target.values), dtype=bool))
    possible = can_be_shown(target)
    choice = choose_values(target, possible, target.is_secret, np.zeros((0, len(target.values))))
    assert not choice.is_hidden.any()
    for name, can_be in vars(possible).items():
        assert (getattr(choice.shown, name) == can_be).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 70), st.integers(1, 6))
def test_figures_of_many_members_are_kept_for_a_few_secrets(seed: int, n: int, n_secrets: int) -> None:
    """Percentages of a roster like the real one: the mean of all Members stays, and few values are hidden."""
    chance = np.random.default_rng(seed)
    groups = np.vstack([np.ones(n, dtype=bool), *(chance.integers(0, k, n) == g for k in (6, 4, 3) for g in range(k))])
    groups = groups[groups.any(axis=1)]
    secret = np.zeros(n, dtype=bool)
    secret[chance.choice(n, n_secrets, replace=False)] = True
    target = Target(
        100 * chance.beta(chance.uniform(0.5, 5), chance.uniform(0.5, 5), n), secret, 0.0, 100.0, 1, False, 10.0, groups,
        np.zeros((0, n), dtype=bool), 5, 10, 8, (0.5, 1.0), -1,
    )  # fmt: skip
    choice = choose_values(target, can_be_shown(target), np.zeros(n, dtype=bool), np.zeros((0, n)))
    assert not prove(target, choice.worlds)
    assert choice.shown.mean[0]
    assert all(tells_alike(target, world) for world in choice.worlds)
    # figures as pandas and scipy give them agree in every world
    found = target.figures(np.vstack([target.values, choice.worlds]))
    for number, group in enumerate(groups):
        own = pd.DataFrame(np.vstack([target.values, choice.worlds])[:, group].T)
        assert np.allclose(own.mean(), found.mean[:, number])
        assert np.allclose(own.quantile([0.25, 0.5, 0.75]).T, found.quartiles[:, number])
        if group.sum() > 2:
            assert np.allclose(own.std(), found.stddev[:, number])
            with np.errstate(invalid="ignore"):
                skewness = stats.skew(own, bias=False)
            assert np.allclose(skewness, found.skewness[:, number], equal_nan=True)  # none where all values are the same
        if choice.shown.mean[number]:
            assert own.mean().map(lambda mean: digits(mean, 1)).nunique() == 1


def test_where_everybody_has_one_value_goals_tell_of_no_secret() -> None:
    """One that differs would make a tail, and the KPI one that does well: goals, which are told, would say that none does."""
    n = 12
    secret = np.arange(n) == 3
    target = Target(
        np.zeros(n), secret, 0.0, 100.0, 1, False, 10.0, np.ones((1, n), dtype=bool), np.zeros((0, n), dtype=bool), 5, 10, 8,
        (0.5, 1.0), 1,
    )  # fmt: skip
    choice = choose_values(target, can_be_shown(target), np.zeros(n, dtype=bool), np.zeros((0, n)))
    assert not prove(target, choice.worlds)
    assert all(tells_alike(target, world) for world in choice.worlds)
    assert not choice.shown.mean[0]
    assert not choice.shown.judgement[0]
