"""What was answered on instruments, and correlations with KPIs, from the internal file of any publication."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orchestration.disclosure.counts import Relation

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import duckdb

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.protection.read import Policies

SCORES = {"awareness": {"no": 0, "yes": 1}, "usage": {"no_plans": 0, "plans_to_use": 1, "in_use": 2}}
"""Answers on instruments by measure, in their order."""
COUNTED = {"awareness": {"yes"}, "usage": {"no_plans", "plans_to_use", "in_use"}}
"""The answers of which `instrument.instrument_use` has counts."""
STRENGTHS = ("weak_correlation", "moderate_correlation", "strong_correlation")
"""The policy's thresholds of a correlation's strength, rising."""
ROUNDING = 1e-9
"""How far a coefficient may be beside a limit for rounding's sake."""


@dataclass(frozen=True)
class Answered:
    """The answers on one question that an audience may not see.

    Attributes:
        cycle, instrument, measure: of the question.
        members: who answered.
        scores: their answers as numbers.
    """

    cycle: str
    instrument: str
    measure: str
    members: tuple[str, ...]
    scores: tuple[int, ...]

    @property
    def kinds(self) -> int:
        """How many answers there are."""
        return len(SCORES[self.measure])

    @property
    def is_counted(self) -> list[bool]:
        """Of which answers there are counts."""
        return [word in COUNTED[self.measure] for word in SCORES[self.measure]]


def read_answered(
    connection: duckdb.DuckDBPyConnection,
    audience: Audience,
    cycles: Collection[str] | None = None,
    instruments: Collection[str] | None = None,
) -> list[Answered]:
    """The answers that an audience may not see, by cycle, instrument and measure; of some cycles and instruments or of all."""
    rows = connection.execute(
        "with answers as (unpivot internal.instrument.member_instrument_answers on aware, usage into name field value word) "
        "select cycle, instrument, if(field = 'aware', 'awareness', 'usage') as measure, "
        "list(member order by member), list(word order by member) from answers "
        "where not list_contains($levels, disclosure) and ($cycles is null or list_contains($cycles::varchar[], cycle)) "
        "and ($instruments is null or list_contains($instruments::varchar[], instrument)) group by all order by all",
        {
            "levels": list(audience.levels),
            "cycles": None if cycles is None else sorted(cycles),
            "instruments": None if instruments is None else sorted(instruments),
        },
    ).fetchall()
    return [
        Answered(cycle, instrument, measure, tuple(members), tuple(SCORES[measure][word] for word in words))
        for cycle, instrument, measure, members, words in rows
    ]


@dataclass(frozen=True)
class Pairs:
    """A correlation whose class may be shown: the KPI's values, all of which the audience knows."""

    kpi: str
    value: dict[str, float]
    thresholds: tuple[float, ...]
    limits: tuple[float, float]
    is_significance_shown: bool

    def relation(self, members: Sequence[str]) -> Relation:
        """The correlation with answers of some Members."""
        pairs = [member for member in members if member in self.value]
        values = np.array([self.value[member] for member in pairs])
        _, place, count = np.unique(values, return_inverse=True, return_counts=True)
        ranks = (count.cumsum() - (count - 1) / 2)[place] - (len(values) + 1) / 2
        of_member = dict(zip(pairs, ranks, strict=True))
        return Relation(np.array([of_member.get(m, float("nan")) for m in members]), self.thresholds, self.limits)


def read_pairs(
    connection: duckdb.DuckDBPyConnection, policies: Policies, values: Mapping[tuple[str, str], Mapping[str, float]]
) -> dict[tuple[str, str, str], list[Pairs]]:
    """By cycle, instrument and measure the correlations whose class may be shown.

    Args:
        connection: with the internal file attached as `internal`.
        policies: by cycle.
        values: by cycle and KPI the values that the audience knows, of KPIs of which it knows all.
    """
    from scipy import special

    rows = connection.execute(
        "select pairs.cycle, pairs.instrument, pairs.kpi, pairs.measure, pairs.n, pairs.p_value, pairs.p_method, "
        "pairs.is_significant, kpis.direction, "
        "max(pairs.p_value) filter (where pairs.is_significant) over (partition by pairs.cycle, pairs.measure) as largest "
        "from internal.correlation.instrument_kpi as pairs inner join internal.reference.kpis as kpis using (cycle, kpi) "
        "where spearman_rho is not null or note = 'no variation' order by all"
    ).fetchall()
    of_pair: dict[tuple[str, str, str], list[Pairs]] = defaultdict(list)
    for cycle, instrument, kpi, measure, n, p, method, is_significant, direction, largest in rows:
        policy = policies[cycle]
        if (cycle, kpi) not in values or n < policy["minimum_group_size_quartiles"]:
            continue
        alpha, thresholds = policy["alpha"], tuple(policy[name] for name in STRENGTHS)
        limits, is_significance_shown = (0.0, 1.0), False
        if method == "t" and (is_significant or p >= alpha):
            # the coefficient at which the t distribution gives a p-value that is surely significant, or surely is not
            t = special.stdtrit(n - 2, 1 - (largest if is_significant else alpha) / 2)
            at = float(t / np.sqrt(n - 2 + t**2))
            limits, is_significance_shown = ((at - ROUNDING, 1.0) if is_significant else (0.0, at)), True
        sign = -1.0 if direction == "lower" else 1.0
        of_kpi = {member: sign * value for member, value in values[cycle, kpi].items()}
        of_pair[cycle, instrument, measure].append(Pairs(kpi, of_kpi, thresholds, limits, is_significance_shown))
    return of_pair
