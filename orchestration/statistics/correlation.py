"""Correlation of the use of instruments with the performance of KPIs (§12-14; docs/methods.md).

scipy computes; this module says which of its tests fits how many pairs, and why where there is no answer. All of it is
deterministic: permutations are drawn from a fixed seed.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from orchestration.statistics import NO_VARIATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PMethod = Literal["exact", "permutation", "t"]
Note = Literal["too few pairs", "no variation", "no direction", "perfect correlation"]

PERMUTATIONS = 9_999
"""Permutations drawn where they are too many to count; where no more than these are possible, all are counted."""
SEED = 20_231_115
MINIMUM_MINORITY = 8
"""Pairs that differ from the most common answer, from which on the t distribution is near enough: with three Members unaware
of sixty the distribution of rho has a few steps only, however many the pairs are."""
AT_ONCE = 1_000_000
"""Numbers that are permuted at once, which bounds the memory; it makes no difference to what is drawn."""
ROUNDING = 1e-9
"""Sums of ranks, which are whole or half, are equal if they differ by less."""


@dataclass(frozen=True)
class Correlation:
    """The correlation of one instrument with one KPI; None where there is no answer.

    Attributes:
        n: pairs, that is Members that answered on both.
        spearman_rho: Spearman's rank correlation, ties taking their mean rank; -1 to 1.
        ci_low: lower end of the confidence interval of level 1 - alpha.
        ci_high: its upper end.
        kendall_tau_b: Kendall's tau-b; -1 to 1.
        p_value: two-sided, of no association.
        p_method: how the p-value was found.
        note: why there is no answer, or no interval.
    """

    n: int
    spearman_rho: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    kendall_tau_b: float | None = None
    p_value: float | None = None
    p_method: PMethod | None = None
    note: Note | None = None


def correlate(
    scores: Sequence[float],
    values: Sequence[float],
    *,
    minimum_pairs: int,
    approximation_minimum_pairs: int,
    alpha: float,
) -> Correlation:
    """Correlate answers about an instrument with values of a KPI.

    Args:
        scores: answers as ordered numbers, one a Member; shape (n,).
        values: the same Members' values, oriented so that more is better; shape (n,).
        minimum_pairs: below it nothing is computed.
        approximation_minimum_pairs: from it on the p-value comes from the t distribution.
        alpha: 1 - the level of the interval.

    Returns:
        the correlation. The interval is Fisher's z with the variance of Bonett and Wright (2000, Psychometrika 65, 23-28),
        (1 + rho^2 / 2) / (n - 3), which has no answer for rho = 1 or -1 or for 3 pairs and fewer.
    """
    found, permuted = _correlate(scores, values, minimum_pairs, approximation_minimum_pairs, alpha)
    return found if permuted is None else replace(found, p_value=_p_values([permuted])[0])


def _correlate(
    scores: Sequence[float], values: Sequence[float], minimum_pairs: int, approximation_minimum_pairs: int, alpha: float
) -> tuple[Correlation, _Permuted | None]:
    """The correlation, and where its p-value comes from permutations, what is to be permuted."""
    x, y = np.asarray(scores, dtype=float), np.asarray(values, dtype=float)
    n = len(x)
    if n < max(minimum_pairs, 2):
        return Correlation(n, note="too few pairs"), None
    if not _varies(x) or not _varies(y):
        return Correlation(n, note="no variation"), None
    found = stats.spearmanr(x, y)
    # rounding can put it a digit beyond 1
    rho = min(1.0, max(-1.0, float(found.statistic)))
    p_value, method, permuted = _p_value(x, y, float(found.pvalue), approximation_minimum_pairs)
    is_perfect = 1 - abs(rho) < NO_VARIATION
    low, high = (None, None) if is_perfect or n <= 3 else _interval(rho, n, alpha)
    correlation = Correlation(
        n=n,
        spearman_rho=rho,
        ci_low=low,
        ci_high=high,
        kendall_tau_b=float(stats.kendalltau(x, y).statistic),
        p_value=p_value,
        p_method=method,
        note="perfect correlation" if is_perfect else "too few pairs" if n <= 3 else None,
    )
    return correlation, permuted


def correlation_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """Correlate every row, and correct the p-values for their number within each cycle and measure.

    Args:
        pairs: the rows of the dbt model `int_instrument_kpi_pairs`: cycle, instrument, kpi, measure, direction, scores and
            oriented_values (lists of one length), and the policy's minimum_pairs, approximation_minimum_pairs and alpha.

    Returns:
        one row for each row of `pairs`, in the order of the keys: the keys, the fields of `Correlation`, q_value (Benjamini
        and Hochberg 1995), and is_significant (whether it is below alpha; missing where there is no q_value).
    """
    keys = ["cycle", "instrument", "kpi", "measure"]
    rows: list[dict[str, Any]] = []
    permuted: dict[int, _Permuted] = {}
    for number, pair in enumerate(pairs.sort_values(keys).itertuples(index=False)):
        if pair.direction == "none":
            found = Correlation(len(pair.scores), note="no direction")  # type: ignore[arg-type]
        else:
            found, to_permute = _correlate(
                pair.scores,  # type: ignore[arg-type]
                pair.oriented_values,  # type: ignore[arg-type]
                int(pair.minimum_pairs),  # type: ignore[arg-type]
                int(pair.approximation_minimum_pairs),  # type: ignore[arg-type]
                float(pair.alpha),  # type: ignore[arg-type]
            )
            if to_permute is not None:
                permuted[number] = to_permute
        rows.append({**{key: getattr(pair, key) for key in keys}, **asdict(found), "alpha": pair.alpha})
    for number, p_value in zip(permuted, _p_values(list(permuted.values())), strict=True):
        rows[number]["p_value"] = p_value
    table = pd.DataFrame(rows, columns=[*keys, *(f.name for f in fields(Correlation)), "alpha"])
    table["q_value"] = q_values(table)
    table["is_significant"] = (table["q_value"] < table.pop("alpha")).astype("boolean").where(table["q_value"].notna())
    # types that DuckDB can tell even where a column is empty
    numbers = ["spearman_rho", "ci_low", "ci_high", "kendall_tau_b", "p_value", "q_value"]
    texts = [*keys, "p_method", "note"]
    return table.astype({"n": "int64", **dict.fromkeys(numbers, "Float64"), **dict.fromkeys(texts, "string")})


def q_values(table: pd.DataFrame) -> pd.Series[float]:
    """Benjamini-Hochberg q-values within each cycle and measure; missing where there is no p-value.

    Args:
        table: with columns cycle, measure, p_value.
    """
    q = pd.Series(float("nan"), index=table.index)
    tested = table[table["p_value"].notna()]
    for _, rows in tested.groupby(["cycle", "measure"]):
        q[rows.index] = stats.false_discovery_control(rows["p_value"].to_numpy(dtype=float), method="bh")
    return q


def _varies(values: NDArray[np.float64]) -> bool:
    return bool(np.ptp(values) > NO_VARIATION * np.abs(values).max())


def _interval(rho: float, n: int, alpha: float) -> tuple[float, float]:
    half = float(stats.norm.isf(alpha / 2)) * math.sqrt((1 + rho**2 / 2) / (n - 3))
    return math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half)


@dataclass(frozen=True)
class _Permuted:
    """What is permuted for a p-value.

    Attributes:
        ranks: of the scores; shape (n,).
        centred: the ranks of the values less their mean; shape (n,).
    """

    ranks: NDArray[np.float64]
    centred: NDArray[np.float64]


def _p_value(
    x: NDArray[np.float64], y: NDArray[np.float64], by_t: float, large: int
) -> tuple[float | None, PMethod, _Permuted | None]:
    """The p-value of Spearman's rho, counted where the t distribution would mislead; what to permute where it is not counted."""
    n = len(x)
    levels = Counter(x.tolist())
    minority = n - max(levels.values())
    if n >= large and minority >= MINIMUM_MINORITY:
        return by_t, "t", None
    y_ranks = stats.rankdata(y)
    centred = y_ranks - y_ranks.mean()
    if len(levels) == 2 and math.comb(n, minority) <= PERMUTATIONS:
        # with two answers a permutation is a choice of the Members that give the rarer one; all choices are counted
        rarer = min(levels, key=lambda level: (levels[level], level))
        choices = np.array(list(itertools.combinations(range(n), minority)))
        sums = np.abs(centred[choices].sum(axis=1))
        seen = abs(centred[x == rarer].sum())
        return float(np.mean(sums >= seen - ROUNDING)), "exact", None
    method: PMethod = "exact" if math.factorial(n) <= PERMUTATIONS else "permutation"
    return None, method, _Permuted(stats.rankdata(x), centred)


def _p_values(pairs: Sequence[_Permuted]) -> list[float]:
    """The two-sided p-values of pairs by permutation; those of as many Members share what is drawn, which is the same for all."""
    found = [0.0] * len(pairs)
    by_n: dict[int, list[int]] = {}
    for number, pair in enumerate(pairs):
        by_n.setdefault(len(pair.ranks), []).append(number)
    for numbers in by_n.values():
        ranks, centred = (np.stack(side) for side in zip(*((pairs[i].ranks, pairs[i].centred) for i in numbers), strict=True))
        drawn = stats.permutation_test(
            (ranks,),
            lambda a, axis, centred=centred: np.abs((a * centred).sum(axis=axis)),
            permutation_type="pairings",
            n_resamples=PERMUTATIONS,
            batch=max(1, AT_ONCE // ranks.size),
            alternative="greater",
            vectorized=True,
            axis=-1,
            rng=np.random.default_rng(SEED),
        )
        for number, p_value in zip(numbers, drawn.pvalue, strict=True):
            found[number] = float(p_value)
    return found
