"""Whether the proof holds for values of KPIs: every secret, every intruder."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.publication.audit.leak import Leak
from orchestration.publication.audit.rows import SQL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

TABLE = "aggregate.kpi_by_group"


@dataclass(frozen=True)
class _Kpi:
    """What was reported of a KPI in a cycle.

    Attributes:
        value: by Member.
        secrets: whose level does not reach the audience.
        bounds: least and largest value that is possible; infinite where there is no bound.
        percent: of the policy.
        decimals: with which figures are published.
        is_whole: whether values are whole numbers.
    """

    value: dict[str, float]
    secrets: list[str]
    bounds: tuple[float, float]
    percent: float
    decimals: int
    is_whole: bool

    def needed(self, member: str) -> tuple[float, float]:
        """The values that a secret must be able to be below, and above: p percent of it, or of the range near its ends."""
        low, high = self.bounds
        value = self.value[member]
        span = (min(high, max(self.value.values()))) if math.isinf(high) else high
        span -= min(self.value.values()) if math.isinf(low) else low
        of_range = self.percent / 100 * (span or max(abs(value), 1.0))
        reach = of_range if value - low < of_range or high - value < of_range else self.percent / 100 * abs(value)
        reach = max(reach, 0.5 * 10.0**-self.decimals)
        least, most = max(low, value - reach), min(high, value + reach)
        return (math.floor(least), math.ceil(most)) if self.is_whole else (least, most)


def audit_values(connection: duckdb.DuckDBPyConnection) -> tuple[list[Leak], dict[str, Any]]:
    """Ask of each secret value whether it is proved safe from outsiders and from every other Member.

    Args:
        connection: with `internal`, `shown` and `proof` attached, and the table `levels`.

    Returns:
        what is not proved, and what was tried, in numbers.
    """
    connection.execute((SQL / "value_worlds.sql").read_text(encoding="utf-8"))
    broken: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for cycle, kpi, world, what in connection.execute((SQL / "broken_value_worlds.sql").read_text(encoding="utf-8")).fetchall():
        broken[cycle, kpi, world].append(what)
    changes: dict[tuple[str, str], dict[int, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for cycle, kpi, world, member, value in connection.execute(
        "select cycle, kpi, world, member, value from value_worlds where is_changed order by all"
    ).fetchall():
        changes[cycle, kpi][world][member] = value
    leaks, narrowest = [], math.inf
    kpis = _read(connection)
    for (cycle, kpi), one in kpis.items():
        worlds = {world: own for world, own in changes[cycle, kpi].items() if (cycle, kpi, world) not in broken}
        against = [what for (c, k, _), own in broken.items() if (c, k) == (cycle, kpi) for what in own]
        for member in one.secrets:
            low, high = one.needed(member)
            own = [changed for changed in worlds.values() if member in changed]
            for side, proving in (
                ("lower", [w for w in own if w[member] <= low]),
                ("higher", [w for w in own if w[member] >= high]),
            ):
                if (side == "lower" and one.value[member] <= low) or (side == "higher" and one.value[member] >= high):
                    continue  # it is at the end of what is possible
                if problem := _unproved(member, proving):
                    leaks.append(Leak(TABLE, f"{cycle}, {kpi}, {member}", _sentence(side, one.percent, problem, against)))
            values = [changed[member] for changed in own]
            width = max(values, default=one.value[member]) - min(values, default=one.value[member])
            narrowest = min(narrowest, width / abs(one.value[member]) if one.value[member] else math.inf)
    n_secrets = sum(len(one.secrets) for one in kpis.values())
    return leaks, {
        "secrets": n_secrets,
        "intruders_each": "everybody without an answer of their own, and every other Member that reported the KPI",
        "pairs_tried": sum(len(one.secrets) * len(one.value) for one in kpis.values()),
        "worlds": sum(len(own) for own in changes.values()),
        "worlds_that_agree": sum(len(own) for own in changes.values()) - len(broken),
        "narrowest_interval_of_value": None if math.isinf(narrowest) else round(narrowest, 4),
    }


def _unproved(member: str, proving: Sequence[dict[str, float]]) -> str:
    """Against whom a secret is not proved safe; empty if against nobody."""
    if not proving:
        return "not even somebody without an answer of their own could doubt it"
    insiders = set(proving[0])
    for changed in proving[1:]:
        insiders &= changed.keys()
    insiders.discard(member)
    return f"{', '.join(sorted(insiders))} could tell it, knowing their own answer" if insiders else ""


def _sentence(side: str, percent: float, problem: str, against: list[str]) -> str:
    why = f"; what is shown stands against it: {', '.join(sorted(set(against))[:3])}" if against else ""
    return f"it is not proved that it could be {side} by {percent:g} percent: {problem}{why}"


def _read(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], _Kpi]:
    """By cycle and KPI, of those whose level reaches the audience and that have secrets."""
    rows = connection.execute(
        "with percents as (select cycle, max(value) as percent from internal.reference.policy "
        "where policy = 'protection_percent' group by cycle) "
        "select own.cycle, own.kpi, kpis.minimum, kpis.maximum, coalesce(percents.percent, 10), "
        "coalesce(kpis.decimals, 1), "
        "bool_and(own.value = round(own.value) and coalesce(kpis.decimals, 1) = 0), "
        "list(own.member order by own.member), list(own.value order by own.member), "
        "list(own.member order by own.member) filter (where own.disclosure not in (from levels)) as secrets "
        "from internal.kpi.member_kpi_values as own inner join internal.reference.kpis as kpis using (cycle, kpi) "
        "left join percents using (cycle) "
        "where own.status = 'reported' and kpis.disclosure in (from levels) group by all having secrets is not null order by all"
    ).fetchall()
    return {
        (cycle, kpi): _Kpi(
            dict(zip(members, values, strict=True)),
            secrets,
            (-math.inf if minimum is None else minimum, math.inf if maximum is None else maximum),
            percent,
            decimals,
            is_whole,
        )
        for cycle, kpi, minimum, maximum, percent, decimals, is_whole, members, values, secrets in rows
    }
