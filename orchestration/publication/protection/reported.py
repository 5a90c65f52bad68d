"""What was reported of KPIs, from the internal file of any publication."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orchestration.publication.protection.read import among

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb
    from numpy.typing import NDArray

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.protection.read import Groups

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


def read_reported(
    connection: duckdb.DuckDBPyConnection, audience: Audience, kpis: Collection[str] | None = None
) -> dict[tuple[str, str], Reported]:
    """By cycle and KPI what was reported, of KPIs whose level reaches the audience; of some of them or of all."""
    rows = connection.execute(
        "select values.cycle, values.kpi, kpis.minimum, kpis.maximum, coalesce(kpis.decimals, 1), "
        "case kpis.direction when 'higher' then -1 when 'lower' then 1 else 0 end, "
        "list(values.member order by values.member), list(values.value order by values.member), "
        "list(not list_contains($levels, values.disclosure) order by values.member) "
        "from internal.kpi.member_kpi_values as values "
        "inner join internal.reference.kpis as kpis on values.cycle = kpis.cycle and values.kpi = kpis.kpi "
        "where values.status = 'reported' and list_contains($levels, kpis.disclosure) "
        "and ($kpis is null or list_contains($kpis::varchar[], values.kpi)) group by all order by all",
        {"levels": list(audience.levels), "kpis": None if kpis is None else sorted(kpis)},
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


def read_panels(
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
