"""What of the internal file an audience is shown: the input of suppression read from it, and its answer as tables.

All of it is a function of the internal file alone, so that the order in which cycles were refreshed makes no difference.

Audiences are nested: what a narrower one is shown, a wider one is shown with the same figure. So whoever has the files of both
has nothing that the wider one's does not say. The wider audience's is decided first, and the narrower one's is taken from it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestration.disclosure.audiences import PROTECTED
from orchestration.disclosure.suppression import Reason, Total, choose_further, choose_totals
from orchestration.statistics import NO_VARIATION

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from orchestration.disclosure.audiences import Audience

Group = tuple[str, str]
"""Grouping and group."""
EXTREMES = "extremes"
"""Word of `suppression` where only least and largest value are withheld, as they always are."""


@dataclass(frozen=True)
class Values:
    """The values that were reported of one KPI in one cycle.

    Attributes:
        value: by Member.
        hidden: Members whose value the audience may not see by its level.
        bounds: least and largest value that is possible; None where there is no bound.
        groups: the Members that reported, by group.
    """

    cycle: str
    kpi: str
    value: dict[str, float]
    hidden: frozenset[str]
    bounds: tuple[float | None, float | None]
    groups: dict[Group, frozenset[str]]

    def is_at_end(self, members: frozenset[str]) -> bool:
        """Whether every value of a group would follow from its mean: all are equal, or lie at the end of the range."""
        values = [self.value[m] for m in members]
        low, high = min(values), max(values)
        scale = NO_VARIATION * max(abs(low), abs(high))
        return high - low <= scale or high == self.bounds[0] or low == self.bounds[1]


@dataclass
class Protection:
    """Rows of the tables that say what is shown; `audience_file.py` joins them to the marts.

    Attributes:
        values: cycle, member, kpi of a single Member's answer that is withheld beside those that must be.
        kpi_cells: cycle, kpi, grouping, group_name, is_mean_shown, is_shape_shown, is_q1_shown, is_median_shown,
            is_q3_shown, suppression.
        panels: cycle, previous_cycle, kpi, grouping, group_name: panels that are shown.
        instrument_cells: cycle, instrument, grouping, group_name, measure, suppression: those that are withheld.
        correlations: cycle, instrument, kpi of those that are withheld, since this audience or a wider one knows the answers
            on the instrument, and not all values of the KPI: each correlation is an equation in these, and there are many.
        shown: by cycle and KPI what is shown of KPIs, as narrower audiences need it.
    """

    values: list[tuple[Any, ...]] = field(default_factory=list)
    kpi_cells: list[tuple[Any, ...]] = field(default_factory=list)
    panels: list[tuple[Any, ...]] = field(default_factory=list)
    instrument_cells: list[tuple[Any, ...]] = field(default_factory=list)
    correlations: list[tuple[Any, ...]] = field(default_factory=list)
    shown: dict[tuple[str, str], _Shown] = field(default_factory=dict)


def protect(connection: duckdb.DuckDBPyConnection, audience: Audience) -> Protection:
    """Say what an audience is shown.

    Args:
        connection: with the internal file attached as `internal`.
        audience: that is protected.
    """
    policy = _policy(connection)
    groups = _groups(connection)
    found: Protection | None = None
    for one in PROTECTED[: PROTECTED.index(audience) + 1]:
        found = _protect(connection, one, groups, policy, found)
    if found is None:
        raise ValueError(f"nothing is withheld from {audience.name}")
    return found


def _protect(
    connection: duckdb.DuckDBPyConnection,
    audience: Audience,
    groups: dict[str, dict[Group, frozenset[str]]],
    policy: dict[str, dict[str, int]],
    wider: Protection | None,
) -> Protection:
    found = Protection()
    for values in _values(connection, audience, groups):
        place = (values.cycle, values.kpi)
        seen_by_wider = None if wider is None else wider.shown[place]
        found.shown[place] = _protect_kpi(values, policy[values.cycle], seen_by_wider, found)
    _protect_panels(connection, groups, policy, wider, found)
    _protect_instruments(connection, audience, groups, policy, found)
    _protect_correlations(connection, audience, wider, found)
    return found


@dataclass(frozen=True)
class _Shown:
    """What is shown of a KPI in a cycle: totals, Members that stay hidden, reasons, and what is shown of shapes."""

    values: Values
    totals: dict[Group, frozenset[str]]
    withheld: dict[Group, frozenset[str]]
    hidden: frozenset[str]
    reasons: dict[Group, Reason]
    figures: dict[Group, tuple[bool, ...]]


def _policy(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    rows = connection.execute(
        "select cycle, policy, value from internal.reference.policy where starts_with(policy, 'minimum_group_size')"
    ).fetchall()
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for cycle, name, value in rows:
        found[cycle][name.removeprefix("minimum_group_size_")] = int(value)
    return found


def _groups(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[Group, frozenset[str]]]:
    rows = connection.execute(
        "select cycle, grouping, group_name, list(member) from internal.reference.member_groups group by all order by all"
    ).fetchall()
    found: dict[str, dict[Group, frozenset[str]]] = defaultdict(dict)
    for cycle, grouping, group_name, members in rows:
        found[cycle][grouping, group_name] = frozenset(members)
    return found


def _among(groups: dict[Group, frozenset[str]], members: Iterable[str]) -> dict[Group, frozenset[str]]:
    """The groups' Members among some, groups without any left out; all Members first, then the larger groups."""
    some = frozenset(members)
    found = {group: own for group, all_of_it in groups.items() if (own := all_of_it & some)}
    return dict(sorted(found.items(), key=lambda item: (item[0][0] != "global", -len(item[1]), item[0])))


def _values(
    connection: duckdb.DuckDBPyConnection, audience: Audience, groups: dict[str, dict[Group, frozenset[str]]]
) -> list[Values]:
    rows = connection.execute(
        "select values.cycle, values.kpi, kpis.minimum, kpis.maximum, "
        "list(values.member order by values.member), list(values.value order by values.member), "
        "list(list_contains($levels, values.disclosure) order by values.member) "
        "from internal.kpi.member_kpi_values as values "
        "inner join internal.reference.kpis as kpis on values.cycle = kpis.cycle and values.kpi = kpis.kpi "
        "where values.status = 'reported' and list_contains($levels, kpis.disclosure) group by all order by all",
        {"levels": list(audience.levels)},
    ).fetchall()
    return [
        Values(
            cycle,
            kpi,
            dict(zip(members, values, strict=True)),
            frozenset(m for m, is_seen in zip(members, seen, strict=True) if not is_seen),
            (minimum, maximum),
            _among(groups[cycle], members),
        )
        for cycle, kpi, minimum, maximum, members, values, seen in rows
    ]


def _protect_kpi(values: Values, policy: dict[str, int], wider: _Shown | None, found: Protection) -> _Shown:
    least_for_mean, least_for_shape = policy["mean"], policy["quartiles"]
    totals = [
        Total(
            group,
            members,
            is_at_end=values.is_at_end(members),
            # the statistics of all Members are what the PMM is for; none of them should be lost for a few hidden values
            least_hidden=least_for_shape if group[0] == "global" and len(members) >= least_for_shape else 0,
        )
        for group, members in values.groups.items()
    ]
    hidden = values.hidden if wider is None else values.hidden | wider.hidden
    choice = choose_totals(totals, hidden, least_for_mean, {} if wider is None else wider.reasons)
    figures: dict[Group, tuple[bool, ...]] = {}
    found.values += [(values.cycle, member, values.kpi) for member in sorted(choice.hidden - values.hidden)]
    for total in totals:
        reason: str | None = choice.reasons.get(total.key)
        n_hidden = len(total.members & choice.hidden)
        is_mean_shown = reason is None
        is_shape_shown = is_mean_shown and len(total.members) >= least_for_shape and not 0 < n_hidden < least_for_shape
        single = {values.value[m] for m in total.members & choice.hidden}
        quartiles = [is_shape_shown and q not in single for q in _quartiles([values.value[m] for m in total.members])]
        if wider is not None:
            is_shape_shown, *quartiles = (
                a and b for a, b in zip((is_shape_shown, *quartiles), wider.figures[total.key], strict=True)
            )
        figures[total.key] = (is_shape_shown, *quartiles)
        if reason is None:
            reason = EXTREMES if all(quartiles) else "extremes and quartiles" if is_shape_shown else "all but the mean"
        found.kpi_cells.append((values.cycle, values.kpi, *total.key, is_mean_shown, is_shape_shown, *quartiles, reason))
    return _Shown(
        values,
        {t.key: t.members for t in totals if t.key not in choice.reasons},
        {t.key: t.members for t in totals if t.key in choice.reasons},
        choice.hidden,
        choice.reasons,
        figures,
    )


def _quartiles(values: list[float]) -> list[float]:
    """First quartile, median and third where they are one value; else not-a-number, which equals nothing."""
    ordered = sorted(values)
    found = []
    for quarter in (1, 2, 3):
        place, rest = divmod((len(ordered) - 1) * quarter, 4)
        is_single = rest == 0 or ordered[place] == ordered[place + 1]
        found.append(ordered[place] if is_single else float("nan"))
    return found


def _protect_panels(
    connection: duckdb.DuckDBPyConnection,
    groups: dict[str, dict[Group, frozenset[str]]],
    policy: dict[str, dict[str, int]],
    wider: Protection | None,
    found: Protection,
) -> None:
    """Say which panels are shown. A panel's two means are two more totals, one in each cycle.

    The totals of the cycles themselves are chosen before, and none of them is withheld for the sake of a panel.
    """
    shown = found.shown
    pairs = connection.execute(
        "select distinct kpi, cycle, previous_cycle from internal.aggregate.kpi_trends where is_comparable order by all"
    ).fetchall()
    by_kpi: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kpi, cycle, previous in pairs:
        if (cycle, kpi) in shown and (previous, kpi) in shown:
            by_kpi[kpi].append((cycle, previous))
    seen_by_wider = None if wider is None else set(wider.panels)
    for kpi, cycles in by_kpi.items():
        by_cycle = {cycle: shown[cycle, kpi] for pair in cycles for cycle in pair}
        minimum = max(policy[cycle]["mean"] for cycle in by_cycle)
        panels: list[Total[tuple[Any, ...]]] = []
        for cycle, previous in cycles:
            both = by_cycle[cycle].values.value.keys() & by_cycle[previous].values.value.keys()
            for group, members in _among(groups[cycle], both).items():
                if seen_by_wider is not None and (cycle, previous, kpi, *group) not in seen_by_wider:
                    continue
                for side in (cycle, previous):
                    is_at_end = by_cycle[side].values.is_at_end(members)
                    panels.append(Total((cycle, previous, *group, side), _in_cycle(side, members), is_at_end))
        hidden = frozenset(m for cycle, result in by_cycle.items() for m in _in_cycle(cycle, result.hidden))
        reasons = choose_further(
            [_in_cycle(cycle, members) for cycle, result in by_cycle.items() for members in result.totals.values()],
            [_in_cycle(cycle, members) for cycle, result in by_cycle.items() for members in result.withheld.values()],
            panels,
            hidden,
            minimum,
        )
        for panel in panels:
            cycle, previous, grouping, group_name, side = panel.key
            if side == cycle and not {panel.key, (*panel.key[:-1], previous)} & reasons.keys():
                found.panels.append((cycle, previous, kpi, grouping, group_name))


def _in_cycle(cycle: str, members: Iterable[str]) -> frozenset[str]:
    """Names for Members' values in one cycle, which differ from those in another."""
    return frozenset(f"{cycle}/{member}" for member in members)


def _protect_instruments(
    connection: duckdb.DuckDBPyConnection,
    audience: Audience,
    groups: dict[str, dict[Group, frozenset[str]]],
    policy: dict[str, dict[str, int]],
    found: Protection,
) -> None:
    """Of an instrument whose level does not reach the audience all answers are hidden; many have the same respondents."""
    rows = connection.execute(
        "with answers as (unpivot internal.instrument.member_instrument_answers on aware, usage into name field value word) "
        "select cycle, instrument, if(field = 'aware', 'awareness', 'usage') as measure, list(member) from answers "
        "where not list_contains($levels, disclosure) group by all order by all",
        {"levels": list(audience.levels)},
    ).fetchall()
    known: dict[tuple[str, frozenset[str]], dict[Group, Reason]] = {}
    for cycle, instrument, measure, members in rows:
        respondents = (cycle, frozenset(members))
        if respondents not in known:
            totals = [Total(group, own) for group, own in _among(groups[cycle], members).items()]
            known[respondents] = choose_totals(totals, respondents[1], policy[cycle]["mean"]).reasons
        found.instrument_cells += [
            (cycle, instrument, *group, measure, reason) for group, reason in sorted(known[respondents].items())
        ]


def _protect_correlations(
    connection: duckdb.DuckDBPyConnection, audience: Audience, wider: Protection | None, found: Protection
) -> None:
    """Withhold correlations of answers that the audience, or a wider one, knows with values some of which it does not."""
    partly_hidden: dict[str, list[str]] = defaultdict(list)
    for (cycle, kpi), shown in found.shown.items():
        if shown.hidden:
            partly_hidden[cycle].append(kpi)
    known = connection.execute(
        "select cycle, instrument from internal.reference.instruments where list_contains($levels, disclosure)",
        {"levels": list(audience.levels)},
    ).fetchall()
    own = {(cycle, instrument, kpi) for cycle, instrument in known for kpi in partly_hidden[cycle]}
    found.correlations = sorted(own if wider is None else own.union(wider.correlations))
