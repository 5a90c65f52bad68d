"""What an audience is shown of answers on instruments: counts, and correlations with KPIs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orchestration.disclosure.counts import Question, Relation, choose_counts
from orchestration.publication.protection.proof import key_of
from orchestration.publication.protection.read import among, membership
from orchestration.publication.protection.tables import Protection, Worlds

if TYPE_CHECKING:
    import duckdb

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.protection.proof import Proof
    from orchestration.publication.protection.read import Groups, Policies

SCORES = {"awareness": {"no": 0, "yes": 1}, "usage": {"no_plans": 0, "plans_to_use": 1, "in_use": 2}}
"""Answers on instruments by measure, in their order."""
COUNTED = {"awareness": {"yes"}, "usage": {"no_plans", "plans_to_use", "in_use"}}
"""The answers of which `instrument.instrument_use` has counts."""
STRENGTHS = ("weak_correlation", "moderate_correlation", "strong_correlation")
"""The policy's thresholds of a correlation's strength, rising."""
ROUNDING = 1e-9
"""How far a coefficient may be beside a limit for rounding's sake."""


def protect_instruments(
    connection: duckdb.DuckDBPyConnection,
    audience: Audience,
    groups: Groups,
    policies: Policies,
    wider: Protection | None,
    last: Proof,
    found: Protection,
) -> None:
    """Of an instrument whose level does not reach the audience, no answer is to follow from rounded counts and classes."""
    rows = connection.execute(
        "with answers as (unpivot internal.instrument.member_instrument_answers on aware, usage into name field value word) "
        "select cycle, instrument, if(field = 'aware', 'awareness', 'usage') as measure, "
        "list(member order by member), list(word order by member) from answers "
        "where not list_contains($levels, disclosure) group by all order by all",
        {"levels": list(audience.levels)},
    ).fetchall()
    relations = _relations(connection, policies, found) if rows else {}
    withheld_from_wider = {cell[:5] for cell in wider.instrument_cells} if wider is not None else set()
    for cycle, instrument, measure, members, words in rows:
        own_groups = among(groups[cycle], members)
        is_in = membership(own_groups.values(), members)
        scores = SCORES[measure]
        its_relations = relations.get((cycle, instrument, measure), [])
        question = Question(
            np.array([scores[word] for word in words]),
            len(scores),
            np.array([word in COUNTED[measure] for word in scores]),
            is_in,
            int(policies[cycle]["count_rounding_base"]),
            tuple(relation.of(members) for relation in its_relations),
        )
        is_large = is_in.sum(axis=1) >= policies[cycle]["minimum_group_size_mean"]
        is_seen = np.array([(cycle, instrument, *group, measure) not in withheld_from_wider for group in own_groups])
        subject = (audience.name, cycle, instrument, measure)
        key = key_of(question, is_large & is_seen)
        known = last.worlds(subject, key, members, question.answers.astype(float))
        choice = choose_counts(question, is_large & is_seen, None if known is None else known.astype(int))
        found.worlds.append(Worlds(subject, key, tuple(members), choice.worlds.answers.astype(float), choice.worlds.is_changed))
        for group, large, shown in zip(own_groups, is_large, choice.groups, strict=True):
            if not shown:
                reason = "hidden answers" if large else "too few Members"
                found.instrument_cells.append((cycle, instrument, *group, measure, reason))
        found.classes += [
            (cycle, instrument, relation.kpi, measure, relation.is_significance_shown)
            for relation, shown in zip(its_relations, choice.relations, strict=True)
            if shown
        ]


@dataclass(frozen=True)
class _Pairs:
    """A correlation whose class may be shown: the KPI's values, all of which the audience knows."""

    kpi: str
    value: dict[str, float]
    thresholds: tuple[float, ...]
    limits: tuple[float, float]
    is_significance_shown: bool

    def of(self, members: list[str]) -> Relation:
        """The correlation with answers of some Members."""
        pairs = [member for member in members if member in self.value]
        values = np.array([self.value[member] for member in pairs])
        _, place, count = np.unique(values, return_inverse=True, return_counts=True)
        ranks = (count.cumsum() - (count - 1) / 2)[place] - (len(values) + 1) / 2
        of_member = dict(zip(pairs, ranks, strict=True))
        return Relation(np.array([of_member.get(m, float("nan")) for m in members]), self.thresholds, self.limits)


def _relations(
    connection: duckdb.DuckDBPyConnection, policies: Policies, found: Protection
) -> dict[tuple[str, str, str], list[_Pairs]]:
    """By cycle, instrument and measure the correlations whose class may be shown: the audience knows all values of the KPI."""
    from scipy import special

    rows = connection.execute(
        "select pairs.cycle, pairs.instrument, pairs.kpi, pairs.measure, pairs.n, pairs.p_value, pairs.p_method, "
        "pairs.is_significant, kpis.direction, "
        "max(pairs.p_value) filter (where pairs.is_significant) over (partition by pairs.cycle, pairs.measure) as largest "
        "from internal.correlation.instrument_kpi as pairs inner join internal.reference.kpis as kpis using (cycle, kpi) "
        "where spearman_rho is not null or note = 'no variation' order by all"
    ).fetchall()
    of_pair: dict[tuple[str, str, str], list[_Pairs]] = defaultdict(list)
    for cycle, instrument, kpi, measure, n, p, method, is_significant, direction, largest in rows:
        shown, policy = found.shown.get((cycle, kpi)), policies[cycle]
        if shown is None or shown.has_hidden or n < policy["minimum_group_size_quartiles"] or not shown.is_shape_shown:
            continue
        alpha, thresholds = policy["alpha"], tuple(policy[name] for name in STRENGTHS)
        limits, is_significance_shown = (0.0, 1.0), False
        if method == "t" and (is_significant or p >= alpha):
            # the coefficient at which the t distribution gives a p-value that is surely significant, or surely is not
            t = special.stdtrit(n - 2, 1 - (largest if is_significant else alpha) / 2)
            at = float(t / np.sqrt(n - 2 + t**2))
            limits, is_significance_shown = ((at - ROUNDING, 1.0) if is_significant else (0.0, at)), True
        sign = -1.0 if direction == "lower" else 1.0
        values = {member: sign * value for member, value in zip(shown.members, shown.values.tolist(), strict=True)}
        of_pair[cycle, instrument, measure].append(_Pairs(kpi, values, thresholds, limits, is_significance_shown))
    return of_pair


def protect_correlations(
    connection: duckdb.DuckDBPyConnection, audience: Audience, wider: Protection | None, found: Protection
) -> None:
    """Withhold correlations of answers that the audience, or a wider one, knows with values some of which it does not."""
    partly_hidden: dict[str, list[str]] = defaultdict(list)
    for (cycle, kpi), shown in found.shown.items():
        if shown.has_hidden:
            partly_hidden[cycle].append(kpi)
    known = connection.execute(
        "select cycle, instrument from internal.reference.instruments where list_contains($levels, disclosure)",
        {"levels": list(audience.levels)},
    ).fetchall()
    own = {(cycle, instrument, kpi) for cycle, instrument in known for kpi in partly_hidden[cycle]}
    found.correlations = sorted(own if wider is None else own.union(wider.correlations))
