"""Correlations against scipy on random data, and against counting by hand where that is possible."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from orchestration.statistics.correlation import correlate, correlation_table

POLICY: dict[str, Any] = {"minimum_pairs": 3, "approximation_minimum_pairs": 25, "alpha": 0.05}
VALUES = st.one_of(
    st.sampled_from([0.0, 1.0, 1.0, 2.5, -3.0]),
    st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda x: round(x, 3)),
    st.floats(0, 1).map(lambda x: 1e8 + round(x, 3)),
)
PAIRS = st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.0]), VALUES), max_size=45)


def varies(values: list[float]) -> bool:
    return len(values) > 0 and max(values) - min(values) > 1e-12 * max(abs(v) for v in values)


@settings(max_examples=300, deadline=None)
@given(PAIRS)
def test_coefficients_equal_scipys_and_what_has_none_says_why(pairs: list[tuple[float, float]]) -> None:
    x, y = [p[0] for p in pairs], [p[1] for p in pairs]
    found = correlate(x, y, **POLICY)
    assert found.n == len(pairs)
    if len(pairs) < 3:
        assert found.note == "too few pairs"
    elif not varies(x) or not varies(y):
        assert found.note == "no variation"
    else:
        assert found.spearman_rho == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)
        assert found.kendall_tau_b == pytest.approx(stats.kendalltau(x, y, variant="b").statistic, abs=1e-9)
        assert found.p_value is not None
        assert 0 <= found.p_value <= 1
        if found.p_method == "t":
            assert len(pairs) >= 25
            assert found.p_value == pytest.approx(stats.spearmanr(x, y).pvalue, abs=1e-9)
        if found.ci_low is not None and found.ci_high is not None:
            rho = found.spearman_rho or 0.0
            z = stats.norm.ppf([0.025, 0.975], loc=np.arctanh(rho), scale=math.sqrt((1 + rho**2 / 2) / (len(x) - 3)))
            assert (found.ci_low, found.ci_high) == pytest.approx(tuple(np.tanh(z)), abs=1e-9)
            assert found.note is None
        else:
            assert found.note in ("perfect correlation", "too few pairs")
        return
    assert found.spearman_rho is None
    assert found.p_value is None
    assert found.ci_low is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.0]), st.integers(0, 5)), min_size=3, max_size=7))
def test_exact_p_values_equal_a_count_of_all_permutations(pairs: list[tuple[float, int]]) -> None:
    x, y = [p[0] for p in pairs], [float(p[1]) for p in pairs]
    found = correlate(x, y, **POLICY)
    if found.p_value is None:
        return
    # Spearman's coefficient is Pearson's of the ranks, whose order is all that changes
    seen = abs(stats.spearmanr(x, y).statistic)
    others = np.abs(stats.pearsonr(list(itertools.permutations(stats.rankdata(x))), stats.rankdata(y)[None, :], axis=1).statistic)
    assert found.p_method == "exact"
    assert found.p_value == pytest.approx((others >= seen - 1e-9).mean(), abs=1e-9)


def test_an_unbalanced_answer_is_counted_exactly_however_many_the_pairs() -> None:
    """Two of sixty unaware: rho has few possible values, so that the t distribution would mislead."""
    y = list(np.random.default_rng(5).normal(size=60))
    x = [0.0, 0.0] + [1.0] * 58
    found = correlate(x, y, **POLICY)
    ranks = stats.rankdata(y)
    u = stats.mannwhitneyu(ranks[:2], ranks[2:], method="exact").pvalue
    assert found.p_method == "exact"
    assert found.p_value == pytest.approx(u, abs=1e-9)
    assert found.p_value != pytest.approx(stats.spearmanr(x, y).pvalue, abs=1e-3)


def test_permutation_p_values_are_near_the_exact_ones_and_the_same_each_time() -> None:
    rng = np.random.default_rng(3)
    x, y = list(rng.integers(0, 3, 20).astype(float)), list(rng.normal(size=20))
    found = correlate(x, y, **POLICY)
    assert found.p_method == "permutation"
    assert found == correlate(x, y, **POLICY)
    assert found.p_value == pytest.approx(stats.spearmanr(x, y).pvalue, abs=0.03)


def test_turning_the_values_round_turns_the_sign() -> None:
    x, y = [0.0, 1.0, 2.0, 2.0, 1.0, 0.0, 2.0, 1.0], [3.0, 4.0, 9.0, 8.0, 4.5, 1.0, 7.0, 2.0]
    one, other = correlate(x, y, **POLICY), correlate(x, [-v for v in y], **POLICY)
    assert one.spearman_rho == pytest.approx(-(other.spearman_rho or 0), abs=1e-12)
    assert one.p_value == pytest.approx(other.p_value, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["awareness", "usage"]), PAIRS), max_size=12))
def test_q_values_are_benjamini_hochbergs_within_cycle_and_measure(
    drawn: list[tuple[str, str, list[tuple[float, float]]]],
) -> None:
    columns = ["cycle", "instrument", "kpi", "measure", "direction", "scores", "oriented_values", *POLICY]
    table = pd.DataFrame(
        [
            (
                c,
                f"I{i:02}",
                "K01",
                m,
                "none" if i % 5 == 4 else "higher",
                [p[0] for p in ps],
                [p[1] for p in ps],
                *POLICY.values(),
            )
            for i, (c, m, ps) in enumerate(drawn)
        ],
        columns=columns,
    )
    found = correlation_table(table)
    assert len(found) == len(table)
    assert set(found.loc[found["instrument"].isin(["I04", "I09"]), "note"]) <= {"no direction"}
    for _, rows in found[found["p_value"].notna()].groupby(["cycle", "measure"]):
        p = rows["p_value"].to_numpy(dtype=float)
        assert rows["q_value"].to_numpy(dtype=float) == pytest.approx(stats.false_discovery_control(p), abs=1e-9)
        assert (rows["q_value"] >= rows["p_value"]).all()
    assert found.loc[found["p_value"].isna(), "q_value"].isna().all()
