"""Whether the proof holds for values of KPIs: every secret, every intruder."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from orchestration.publication.audit.batches import batches
from orchestration.publication.audit.leak import Leak
from orchestration.publication.audit.rows import SQL

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

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


Changes = dict[tuple[str, str], dict[int, dict[str, float]]]
"""By cycle and KPI, and world, the values that are not the true ones, by Member."""
Broken = dict[tuple[str, str, int], list[str]]
"""By cycle, KPI and world with what it does not agree."""


@dataclass
class Earlier:
    """What earlier publications say of the worlds.

    Attributes:
        changed: by cycle, KPI and world the Members whose earlier value is another in it.
        broken: with what of earlier files a world does not agree.
        were: of each publication the secrets that are no longer what was reported, and the worlds of its values.
    """

    changed: dict[tuple[str, str, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    broken: Broken = field(default_factory=lambda: defaultdict(list))
    were: list[tuple[dict[tuple[str, str], _Kpi], Changes]] = field(default_factory=list)


def try_on_earlier(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    answers_that_were: Mapping[tuple[str, str, str | None], Collection[str]],
    found: Earlier,
) -> None:
    """Try worlds on the files of an earlier publication.

    Args:
        connection: with its files and the worlds of its values attached, as for `audit_values`.
        name: of the publication.
        answers_that_were: by cycle, KPI and no measure the Members that have reported something else since, or nothing.
        found: to which it is added.
    """
    changes, broken = _read_worlds(connection)
    for world, whats in broken.items():
        found.broken[world] += [f"{what}, in {name}" for what in whats]
    subjects = connection.execute("select cycle, subject from proof.subjects where measure is null").fetchall()
    kpis = _read(connection)
    were = {}
    for cycle, kpi in subjects:
        if (cycle, kpi) in kpis:
            secrets = [m for m in kpis[cycle, kpi].secrets if m in answers_that_were.get((cycle, kpi, None), ())]
            if secrets:
                were[cycle, kpi] = replace(kpis[cycle, kpi], secrets=secrets)
    if were:
        found.were.append((were, changes))


@dataclass
class Tried:
    """What was tried of values in a cycle, in numbers; see `certificate.py`."""

    secrets: int = 0
    pairs_tried: int = 0
    worlds: int = 0
    worlds_that_agree: int = 0
    narrowest_interval_of_value: float | None = None


def audit_values(
    connection: duckdb.DuckDBPyConnection, earlier: Earlier | None = None
) -> tuple[list[Leak], dict[str, dict[str, Any]]]:
    """Ask of each secret value whether it is proved safe from outsiders and from every other Member.

    Args:
        connection: with `internal`, `shown` and `proof` attached, and the table `levels`.
        earlier: what earlier publications say of the worlds.

    Returns:
        what is not proved, and what was tried, in numbers, by cycle.
    """
    earlier = Earlier() if earlier is None else earlier
    changes, broken = _read_worlds(connection)
    tried = {cycle: Tried() for cycle, _ in changes}
    for cycle, kpi in changes:
        tried[cycle].worlds += len(changes[cycle, kpi])
        tried[cycle].worlds_that_agree += sum((cycle, kpi, world) not in broken for world in changes[cycle, kpi])
    for world, whats in earlier.broken.items():
        broken[world] += whats
    kpis = _read(connection)
    leaks, narrowest = _unproved_secrets(kpis, changes, broken, earlier)
    for were, of_them in earlier.were:
        leaks += _unproved_secrets(were, of_them, broken, earlier)[0]
    for (cycle, kpi), one in kpis.items():
        own = tried.setdefault(cycle, Tried())
        own.secrets += len(one.secrets)
        own.pairs_tried += len(one.secrets) * len(one.value)
        if not math.isinf(width := narrowest[cycle, kpi]):
            own.narrowest_interval_of_value = min(round(width, 4), own.narrowest_interval_of_value or math.inf)
    return leaks, {cycle: asdict(own) for cycle, own in tried.items()}


def _read_worlds(connection: duckdb.DuckDBPyConnection) -> tuple[Changes, Broken]:
    """The worlds, and those that do not agree with what is shown."""
    broken: Broken = defaultdict(list)
    changes: Changes = defaultdict(lambda: defaultdict(dict))
    value_worlds, broken_worlds = (
        (SQL / f"{name}.sql").read_text(encoding="utf-8") for name in ("value_worlds", "broken_value_worlds")
    )
    for statement in (SQL / "numbered.sql").read_text(encoding="utf-8").split(";\n"):
        connection.execute(statement)
    for _ in batches(connection, "values"):
        connection.execute(value_worlds)
        for cycle, kpi, world, what in connection.execute(broken_worlds).fetchall():
            broken[cycle, kpi, world].append(what)
        for cycle, kpi, world, member, value in connection.execute(
            "select subjects.cycle, subjects.kpi, changes.world, members.member, changes.value from changed_values as changes "
            "inner join numbered_kpis as subjects using (number) inner join numbered_members as members using (member_number) "
            "order by all"
        ).fetchall():
            changes[cycle, kpi][world][member] = value
    return changes, broken


def _unproved_secrets(
    kpis: dict[tuple[str, str], _Kpi], changes: Changes, broken: Broken, earlier: Earlier
) -> tuple[list[Leak], dict[tuple[str, str], float]]:
    """Secrets that no worlds prove, and by KPI the narrowest interval that worlds prove, as a part of the value."""
    leaks, narrowest = [], dict.fromkeys(kpis, math.inf)
    for (cycle, kpi), one in kpis.items():
        of_kpi = changes.get((cycle, kpi), {})
        worlds = {world: own for world, own in of_kpi.items() if (cycle, kpi, world) not in broken}
        changed_in = {world: own.keys() | earlier.changed.get((cycle, kpi, world), set()) for world, own in worlds.items()}
        against = [what for (c, k, _), own in broken.items() if (c, k) == (cycle, kpi) for what in own]
        for member in one.secrets:
            low, high = one.needed(member)
            own = {world: changed[member] for world, changed in worlds.items() if member in changed}
            for side, proving in (
                ("lower", [changed_in[w] for w, value in own.items() if value <= low]),
                ("higher", [changed_in[w] for w, value in own.items() if value >= high]),
            ):
                if (side == "lower" and one.value[member] <= low) or (side == "higher" and one.value[member] >= high):
                    continue  # it is at the end of what is possible
                if problem := _unproved(member, proving):
                    leaks.append(Leak(TABLE, f"{cycle}, {kpi}, {member}", _sentence(side, one.percent, problem, against)))
            width = max(own.values(), default=one.value[member]) - min(own.values(), default=one.value[member])
            if one.value[member]:
                narrowest[cycle, kpi] = min(narrowest[cycle, kpi], width / abs(one.value[member]))
    return leaks, narrowest


def _unproved(member: str, proving: Sequence[set[str]]) -> str:
    """Against whom a secret is not proved safe; empty if against nobody."""
    if not proving:
        return "not even somebody without an answer of their own could doubt it"
    insiders = set(proving[0])
    for changed in proving[1:]:
        insiders &= changed
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
