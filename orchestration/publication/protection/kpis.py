"""What an audience is shown of KPIs: figures of groups, panels, and single Members' values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from orchestration.disclosure.changes import NO_CHANGES, Changes
from orchestration.disclosure.values import Choice, Shown, Target, choose_values, prove
from orchestration.publication.protection.choose import choose_all
from orchestration.publication.protection.earlier import (
    beside_again,
    changes_of_earlier,
    released_worlds_of_values,
    with_released_values,
)
from orchestration.publication.protection.proof import key_of
from orchestration.publication.protection.read import among, membership
from orchestration.publication.protection.reported import read_panels, read_reported
from orchestration.publication.protection.tables import (
    EXTREMES,
    Beside,
    Protection,
    ShownKpi,
    Worlds,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    from numpy.typing import NDArray

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.protection.earlier import Answer, History, ReleasedValues
    from orchestration.publication.protection.proof import Proof
    from orchestration.publication.protection.read import Groups, Policies
    from orchestration.publication.protection.tables import EarlierChange
    from orchestration.publication.protection.touched import Touched
    from orchestration.warm.side_by_side import SideBySide


def protect_kpis(
    connection: duckdb.DuckDBPyConnection,
    audience: Audience,
    groups: Groups,
    policies: Policies,
    wider: Protection | None,
    last: Proof,
    history: History,
    touched: Touched | None,
    found: Protection,
    side_by_side: SideBySide,
) -> None:
    """Say what is shown of KPIs.

    Args:
        connection: with the internal file attached as `internal`.
        audience: to whom.
        groups: by cycle.
        policies: by cycle.
        wider: what the next wider audience is shown, which is all that this one can be.
        last: the worlds of the last publication.
        history: what the audience has of earlier ones.
        touched: the cycles that it is said of; None for all.
        found: to which it is added.
        side_by_side: processes, where much is unknown.
    """
    reported = read_reported(connection, audience)
    panels = read_panels(connection, groups, reported)
    # others are compared with the cycles that are touched
    some = [subject for subject in reported if touched is None or subject[0] in touched.cycles]
    held = {cycle for cycle in policies if found.is_unsafe(cycle, wider)}
    asked = []
    for cycle, kpi in some:
        values, policy, wider_shown = reported[cycle, kpi], policies[cycle], None if wider is None else wider.shown[cycle, kpi]
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
        hidden, given = np.zeros(len(values.members), dtype=bool), NO_CHANGES
        if wider_shown is not None:
            can_be_shown = can_be_shown & wider_shown.shown
            hidden, given = wider_shown.is_hidden, wider_shown.changes
        key = key_of(target, can_be_shown, hidden, given)
        known = last.worlds((audience.name, cycle, kpi), key, values.members)
        earlier = () if known is None else last.earlier((audience.name, cycle, kpi))
        asked.append(Asked(cycle, key, target, can_be_shown, hidden, given, values.members, known, earlier, wider_shown))
    of_unknown = [about for about, of in zip(some, asked, strict=True) if of.known is None and of.cycle not in held]
    released = history.of_kpis(of_unknown)
    asked = [replace(of, released=tuple(released.get(about, ()))) for about, of in zip(some, asked, strict=True)]
    chosen = choose_all(asked, choose, choose_with_released, lambda one: one.is_safe, held, side_by_side)
    for (cycle, kpi), of, choice in zip(some, asked, chosen, strict=True):
        if not choice.is_safe:
            found.unsafe.append((cycle, kpi))
        target = of.target
        found.worlds.append(Worlds((audience.name, cycle, kpi), of.key, of.members, choice.changes, choice.earlier))
        found.shown[cycle, kpi] = ShownKpi(
            of.members, target.values, choice.is_hidden, choice.shown, choice.changes, choice.beside
        )
        further = choice.is_hidden & ~target.is_secret
        found.values += [(cycle, of.members[index], kpi) for index in np.flatnonzero(further)]
        for number, group in enumerate(among(groups[cycle], of.members)):
            found.kpi_cells.append((cycle, kpi, *group, *_cell(target, choice.shown, number)))
        for (of_cycle, previous, grouping, name), shown in zip(panels[cycle, kpi], choice.shown.panels, strict=True):
            found.panel_sides.append((cycle, of_cycle, previous, kpi, grouping, name, bool(shown)))


@dataclass(frozen=True)
class Asked:
    """What is asked of a KPI in a cycle: what of it can be shown.

    Attributes:
        cycle: of the KPI.
        key: what worlds are found for.
        target: the values.
        can_be_shown: figures that are not withheld for their size, or from a wider audience.
        hidden: whose values are hidden in any case; shape (n,).
        given: worlds that prove a wider audience's file.
        members: that reported; shape (n,).
        known: worlds that were found for the same before; None where they have to be looked for.
        earlier: what these change of answers that are no longer given.
        wider: what the next wider audience is shown.
        released: what earlier publications tell, where no worlds are known and the cycle is not held already.
    """

    cycle: str
    key: str
    target: Target
    can_be_shown: Shown
    hidden: NDArray[np.bool_]
    given: Changes
    members: tuple[str, ...]
    known: Changes | None
    earlier: tuple[EarlierChange, ...]
    wider: ShownKpi | None
    released: tuple[ReleasedValues, ...] = ()

    @property
    def n_unknown(self) -> int:
        """Values for which worlds have to be looked for."""
        return len(self.members) if self.known is None else 0

    @property
    def own(self) -> list[Answer]:
        """Members and values."""
        return list(zip(self.members, self.target.values.tolist(), strict=True))


@dataclass(frozen=True)
class Chosen:
    """What is shown of a KPI.

    Attributes:
        is_hidden: whose values are not shown; shape (n,).
        shown: the figures that are.
        changes: the worlds that prove it.
        beside: what was found of earlier publications with it.
        earlier: what the worlds change of answers that are no longer given.
    """

    is_hidden: NDArray[np.bool_]
    shown: Shown
    changes: Changes
    beside: Beside | None
    earlier: tuple[EarlierChange, ...]

    @property
    def is_safe(self) -> bool:
        """Whether it is safe beside what was released."""
        return self.beside is None or self.beside.is_safe


def choose(asked: Asked) -> Chosen:
    """Choose what is shown of a KPI, whatever earlier publications tell, unless worlds are known that prove these too."""
    truth = asked.target.values
    worlds = (asked.given if asked.known is None else asked.known).worlds(truth)
    choice = choose_values(asked.target, asked.can_be_shown, asked.hidden, worlds)
    beside = beside_again(asked.own, choice.worlds, asked.earlier) if asked.earlier else None
    return Chosen(choice.is_hidden, choice.shown, Changes.of(choice.worlds, truth), beside, asked.earlier)


def choose_with_released(asked: Asked) -> Chosen:
    """Choose what is shown of a KPI beside what earlier publications tell."""
    choice, beside = choose_beside(asked.target, asked.can_be_shown, asked.hidden, asked.own, asked.released, asked.wider)
    earlier = changes_of_earlier(beside.answers, beside.worlds, len(asked.members))
    return Chosen(choice.is_hidden, choice.shown, Changes.of(choice.worlds, asked.target.values), beside, earlier)


def choose_beside(
    target: Target,
    can_be_shown: Shown,
    hidden: NDArray[np.bool_],
    own: list[Answer],
    released: Sequence[ReleasedValues],
    wider: ShownKpi | None,
) -> tuple[Choice, Beside]:
    """Choose what is shown beside what earlier publications tell, and say whether all of them together are safe then.

    Args:
        target: of the publication that is made, as are the next two.
        can_be_shown: which figures.
        hidden: whose values are hidden in any case; shape (n,).
        own: Members and values.
        released: by earlier publications.
        wider: what the next wider audience is shown.
    """
    together, can_be, answers, is_hidden = with_released_values(target, can_be_shown, own, released)
    assert together.earlier is not None
    n, n_groups, n_panels = len(own), len(target.groups), len(target.panels)
    is_hidden[:n] |= hidden
    given = np.zeros((0, len(answers)))
    if wider is not None:
        worlds = wider.changes.worlds(target.values) if wider.beside is None else wider.beside.worlds
        place = {answer: i for i, answer in enumerate(own if wider.beside is None else wider.beside.answers)}
        given = np.tile(together.values, (len(worlds), 1))
        both = [i for i, answer in enumerate(answers) if answer in place]
        given[:, both] = worlds[:, [place[answers[i]] for i in both]]
    # worlds that leave what was released as it is are there: where no others are found, they do, and some of what is new goes
    before = released_worlds_of_values(together, answers, released[-1])
    found = choose_values(together, can_be, is_hidden, given, before)
    is_safe = _is_safe(together, found)
    if not is_safe:
        found = choose_values(together, can_be, is_hidden, np.concatenate([given, before]))
        is_safe = _is_safe(together, found)
    shown = Shown(*(flags[: n_panels if name == "panels" else n_groups] for name, flags in vars(found.shown).items()))
    # what was hidden before and has its true value in all worlds can be shown: they prove it whether it is or not
    is_hidden = hidden | target.is_secret | (found.worlds[:, :n] != target.values).any(axis=0)
    return Choice(is_hidden, shown, found.worlds[:, :n]), Beside(tuple(answers), found.worlds, is_safe)


def _is_safe(together: Target, found: Choice) -> bool:
    """Whether what was released stays, all secrets are proved safe, and the mean of all Members is not the price of it."""
    assert together.earlier is not None
    released = together.earlier.released
    is_mean_kept = bool(found.shown.mean[0] or not released.mean[list(together.earlier.everybody)].any())
    return is_mean_kept and found.shown.has_all_of(released) and not prove(together, found.worlds)


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
