"""Groups and policy, from the internal file."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from orchestration.inputs.framework.model import DEFAULT_POLICY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb
    from numpy.typing import NDArray

Group = tuple[str, str]
"""Grouping and group."""
Groups = dict[str, dict[Group, frozenset[str]]]
"""By cycle and group its Members."""
Policies = dict[str, dict[str, float]]
"""By cycle and name the thresholds of the policy."""


def read_policies(connection: duckdb.DuckDBPyConnection) -> Policies:
    """The policy of each cycle; one that was built before a threshold came has what a framework has that leaves it out."""
    found: Policies = defaultdict(lambda: {name: default.value for name, default in DEFAULT_POLICY.items()})
    for cycle, name, value in connection.execute("select cycle, policy, value from internal.reference.policy").fetchall():
        found[cycle][name] = value
    return found


def read_groups(connection: duckdb.DuckDBPyConnection) -> Groups:
    """The Members of each group."""
    rows = connection.execute(
        "select cycle, grouping, group_name, list(member) from internal.reference.member_groups group by all order by all"
    ).fetchall()
    found: Groups = defaultdict(dict)
    for cycle, grouping, group_name, members in rows:
        found[cycle][grouping, group_name] = frozenset(members)
    return found


def among(groups: dict[Group, frozenset[str]], members: Iterable[str]) -> dict[Group, frozenset[str]]:
    """The groups' Members among some, groups without any left out; all Members first, then the larger groups."""
    some = frozenset(members)
    found = {group: own for group, all_of_it in groups.items() if (own := all_of_it & some)}
    return dict(sorted(found.items(), key=lambda item: (item[0][0] != "global", -len(item[1]), item[0])))


def membership(groups: Iterable[frozenset[str]], members: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each group has each Member; shape (groups, members)."""
    rows, place = list(groups), {member: number for number, member in enumerate(members)}
    found = np.zeros((len(rows), len(members)), dtype=bool)
    for row, own in zip(found, rows, strict=True):
        row[[place[member] for member in own if member in place]] = True
    return found
