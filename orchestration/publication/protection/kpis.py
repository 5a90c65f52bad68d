"""What an audience is shown of KPIs: figures of groups, panels, and single Members' values."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orchestration.disclosure.values import Shown, Target, choose_values
from orchestration.publication.protection.proof import key_of
from orchestration.publication.protection.read import among, membership
from orchestration.publication.protection.tables import EXTREMES, Protection, ShownKpi, Worlds

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.protection.proof import Proof
    from orchestration.publication.protection.read import Groups, Policies

Panel = tuple[str, str, str, str]
"""Cycle, previous cycle, grouping and group of a panel."""


@dataclass(frozen=True)
class Reported:
    """The values that were reported of one KPI in one cycle.

    Attributes:
        members: shape (n,).
        values: shape (n,).
        is_secret: whose level does not reach the audience; shape (n,).
        minimum, maximum: least and largest value that is possible.
        decimals: with which the KPI's figures are published.
        well: the sign of a skewness that means that most do well; 0 where the KPI is not judged.
    """

    members: tuple[str, ...]
    values: NDArray[np.float64]
    is_secret: NDArray[np.bool_]
    minimum: float
    maximum: float
    decimals: int
    well: int


def protect_kpis(
    connection: duckdb.DuckDBPyConnection,
    audience: Audience,
    groups: Groups,
    policies: Policies,
    wider: Protection | None,
    last: Proof,
    found: Protection,
) -> None:
    """Say what is shown of KPIs.

    Args:
        connection: with the internal file attached as `internal`.
        audience: to whom.
        groups: by cycle.
        policies: by cycle.
        wider: what the next wider audience is shown, which is all that this one can be.
        last: the worlds of the last publication.
        found: to which it is added.
    """
    reported = _read_reported(connection, audience)
    panels = _read_panels(connection, groups, reported)
    agreed: dict[tuple[str, Panel], int] = defaultdict(int)
    n_sides: dict[tuple[str, Panel], int] = defaultdict(int)
    for (cycle, kpi), values in reported.items():
        policy, wider_shown = policies[cycle], None if wider is None else wider.shown[cycle, kpi]
        own_groups, own_panels = among(groups[cycle], values.members), panels[cycle, kpi]
        target = Target(
            values.values,
            values.is_secret,
            values.minimum,
            values.maximum,
            values.decimals,
            values.decimals == 0 and bool((values.values == np.round(values.values)).all()),
            policy["protection_percent"],
            membership(own_groups.values(), values.members),
            membership(own_panels.values(), values.members),
            int(policy["minimum_group_size_mean"]),
            int(policy["minimum_group_size_quartiles"]),
            int(max(policy["minimum_reported"], 3)) if values.well else len(values.members) + 1,
            (policy["skewness_threshold"], policy["strong_skewness_threshold"]),
            values.well,
        )
        can_be_shown = _by_size(target)
        hidden, given = np.zeros(len(values.members), dtype=bool), np.zeros((0, len(values.members)))
        if wider_shown is not None:
            can_be_shown = can_be_shown & wider_shown.choice.shown
            hidden, given = wider_shown.choice.is_hidden, wider_shown.choice.worlds
        subject = (audience.name, cycle, kpi)
        key = key_of(target, can_be_shown, hidden, given)
        known = last.worlds(subject, key, values.members, values.values)
        choice = choose_values(target, can_be_shown, hidden, given if known is None else known)
        found.worlds.append(Worlds(subject, key, values.members, choice.worlds, choice.worlds != values.values))
        is_shape_shown = bool(choice.shown.shape[0])
        found.shown[cycle, kpi] = ShownKpi(values.members, values.values, choice, is_shape_shown)
        further = choice.is_hidden & ~values.is_secret
        found.values += [(cycle, values.members[index], kpi) for index in np.flatnonzero(further)]
        for number, group in enumerate(own_groups):
            found.kpi_cells.append((cycle, kpi, *group, *_cell(target, choice.shown, number)))
        for panel, shown in zip(own_panels, choice.shown.panels, strict=True):
            n_sides[kpi, panel] += 1
            agreed[kpi, panel] += bool(shown)
    found.panels += [
        (cycle, previous, kpi, grouping, group)
        for (kpi, (cycle, previous, grouping, group)), n in agreed.items()
        if n == n_sides[kpi, (cycle, previous, grouping, group)]
    ]


def _by_size(target: Target) -> Shown:
    """What can be shown of groups by the number of their Members."""
    n = target.groups.sum(axis=1)
    has_mean, has_shape = n >= target.least_for_mean, n >= target.least_for_shape
    return Shown(
        has_mean,
        np.repeat(has_shape[:, None], 3, axis=1),
        has_shape,
        has_mean,
        target.panels.sum(axis=1) >= target.least_for_mean,
    )


def _cell(target: Target, shown: Shown, number: int) -> tuple[bool | str, ...]:
    """What is shown of a group: mean, shape, three quartiles, judgement, and what the rest is withheld for."""
    n = int(target.groups[number].sum())
    mean, shape, judgement = bool(shown.mean[number]), bool(shown.shape[number]), bool(shown.judgement[number])
    quartiles = [bool(one) for one in shown.quartiles[number]]
    if n < target.least_for_mean:
        why = "too few Members"
    elif n < target.least_for_shape:
        withheld = [] if judgement else ["judgement"]
        why = ", ".join(["all but the mean" if mean else "hidden values", *withheld])
    else:
        parts = [("mean", mean), ("quartiles", all(quartiles)), ("shape", shape), ("judgement", judgement)]
        why = ", ".join([EXTREMES, *(name for name, is_shown in parts if not is_shown)])
    return mean, shape, *quartiles, judgement, why


def _read_reported(connection: duckdb.DuckDBPyConnection, audience: Audience) -> dict[tuple[str, str], Reported]:
    """By cycle and KPI what was reported, of KPIs whose level reaches the audience."""
    rows = connection.execute(
        "select values.cycle, values.kpi, kpis.minimum, kpis.maximum, coalesce(kpis.decimals, 1), "
        "case kpis.direction when 'higher' then -1 when 'lower' then 1 else 0 end, "
        "list(values.member order by values.member), list(values.value order by values.member), "
        "list(not list_contains($levels, values.disclosure) order by values.member) "
        "from internal.kpi.member_kpi_values as values "
        "inner join internal.reference.kpis as kpis on values.cycle = kpis.cycle and values.kpi = kpis.kpi "
        "where values.status = 'reported' and list_contains($levels, kpis.disclosure) group by all order by all",
        {"levels": list(audience.levels)},
    ).fetchall()
    return {
        (cycle, kpi): Reported(
            tuple(members),
            np.array(values),
            np.array(is_secret),
            -np.inf if minimum is None else minimum,
            np.inf if maximum is None else maximum,
            decimals,
            well,
        )
        for cycle, kpi, minimum, maximum, decimals, well, members, values, is_secret in rows
    }


def _read_panels(
    connection: duckdb.DuckDBPyConnection, groups: Groups, reported: dict[tuple[str, str], Reported]
) -> dict[tuple[str, str], dict[Panel, frozenset[str]]]:
    """By cycle and KPI the panels that it is part of, as the later or the earlier cycle."""
    pairs = connection.execute(
        "select distinct kpi, cycle, previous_cycle from internal.aggregate.kpi_trends where is_comparable order by all"
    ).fetchall()
    found: dict[tuple[str, str], dict[Panel, frozenset[str]]] = defaultdict(dict)
    for kpi, cycle, previous in pairs:
        if (cycle, kpi) not in reported or (previous, kpi) not in reported:
            continue
        both = {*reported[cycle, kpi].members} & {*reported[previous, kpi].members}
        for group, members in among(groups[cycle], both).items():
            for side in (cycle, previous):
                found[side, kpi][cycle, previous, *group] = members
    return found
