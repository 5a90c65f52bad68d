"""What earlier publications tell of a cycle: an audience has it, and it can't be withheld any more.

Several publications of a cycle are one target, or one question, in which an answer that stayed is one unknown and an answer
that changed is two; so what is safe is safe from whoever has them all. Where the figures of the next publication would not be,
the cycle is held: the audience keeps the figures that it has.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

import duckdb
import numpy as np

from orchestration.disclosure import counts, values
from orchestration.publication.protection.answered import read_answered, read_pairs
from orchestration.publication.protection.proof import NO_PROOF, key_of, read_worlds
from orchestration.publication.protection.read import among, membership, read_groups, read_policies
from orchestration.publication.protection.reported import read_panels, read_reported
from orchestration.publication.protection.tables import Beside
from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.protection.answered import Pairs
    from orchestration.publication.protection.proof import Kind, Proof
    from orchestration.publication.protection.tables import EarlierChange

    Read = Callable[[duckdb.DuckDBPyConnection, Audience, str, Collection[str], Proof], dict["Asked", "Released"]]

Answer = tuple[str, float]
"""A Member and what it answered: one unknown, however many publications have it."""
NO_FIGURES = (False,) * 6
Asked = TypeVar("Asked", bound=tuple[str, ...])
Released = TypeVar("Released")


@dataclass(frozen=True)
class Release:
    """An earlier publication as an audience has it.

    Attributes:
        internal: its file with everything.
        file: the audience's.
        proof: the worlds that prove it.
        cycles: whose figures in it are its own; those of others are of a publication before it.
        told: by cycle what it tells of it, in few characters; not there where it does not say.
    """

    internal: Path
    file: Path
    proof: Path
    cycles: frozenset[str]
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReleasedValues:
    """What a release tells of a KPI's values.

    Attributes:
        answers: of those that reported.
        is_known: whose value is shown; shape (n,).
        is_secret: whose level does not reach the audience; shape (n,).
        groups: shape (groups, n); the first has all who reported.
        panels: shape (panels, n).
        shown: which figures of them are released.
        worlds: that prove these; shape (worlds, n).
    """

    answers: tuple[Answer, ...]
    is_known: NDArray[np.bool_]
    is_secret: NDArray[np.bool_]
    groups: NDArray[np.bool_]
    panels: NDArray[np.bool_]
    shown: values.Shown
    worlds: NDArray[np.float64]


@dataclass(frozen=True)
class ReleasedAnswers:
    """What a release tells of the answers on one question.

    Attributes:
        answers: of those that answered.
        groups: whose counts are released; shape (groups, n).
        classes: of correlations that are released.
        worlds: that prove these; shape (worlds, n).
    """

    answers: tuple[Answer, ...]
    groups: NDArray[np.bool_]
    classes: tuple[Pairs, ...]
    worlds: NDArray[np.float64]


@dataclass(frozen=True)
class History:
    """What an audience has of earlier publications.

    Attributes:
        audience: that has it.
        releases: the publications.
    """

    audience: Audience
    releases: tuple[Release, ...] = ()

    def of_kpis(self, asked: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[ReleasedValues]]:
        """By cycle and KPI what is released of it, by publication; of those that are asked for."""
        return self._of(asked, "values", _released_values)

    def of_questions(self, asked: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], list[ReleasedAnswers]]:
        """By cycle, instrument and measure what is released of the answers, by publication; of those that are asked for."""
        return self._of(asked, "answers", _released_answers)

    def _of(self, asked: Collection[Asked], kind: Kind, read: Read[Asked, Released]) -> dict[Asked, list[Released]]:
        subjects: dict[str, set[str]] = defaultdict(set)
        for cycle, subject, *_ in asked:
            subjects[cycle].add(subject)
        found: dict[Asked, list[Released]] = defaultdict(list)
        for cycle, some in subjects.items():
            # of the publications that tell the same of a cycle the last
            those = [release for release in self.releases if cycle in release.cycles]
            for release in _distinct(those, lambda one: one.told.get(cycle, str(one.file))):  # noqa: B023 - it is called here
                for about, released in _read(release, kind, read, self.audience, cycle, some).items():
                    if about in asked:
                        found[about].append(released)
        return {about: _distinct(released) for about, released in found.items()}


def _distinct(released: Sequence[Released], key: Callable[[Released], str] = key_of) -> list[Released]:
    """What publications tell, once where several tell the same; the last one last."""
    latest_first: dict[str, Released] = {}
    for one in released[::-1]:
        latest_first.setdefault(key(one), one)
    return list(latest_first.values())[::-1]


def _read(
    release: Release, kind: Kind, read: Read[Asked, Released], audience: Audience, cycle: str, subjects: Collection[str]
) -> dict[Asked, Released]:
    """What a release tells; nothing where it was made by code so old that it has other tables."""
    try:
        is_proved = release.proof.exists()
        files = {"internal": release.internal, "shown": release.file} | ({"proof": release.proof} if is_proved else {})
        with attached(**files) as connection:
            proof = read_worlds(connection, {cycle}, audience.name, kind, subjects) if is_proved else NO_PROOF
            return read(connection, audience, cycle, subjects, proof)
    except duckdb.Error:
        return {}


def _released_values(
    connection: duckdb.DuckDBPyConnection, audience: Audience, cycle: str, kpis: Collection[str], proof: Proof
) -> dict[tuple[str, str], ReleasedValues]:
    groups, reported = read_groups(connection), read_reported(connection, audience, kpis)
    panels = read_panels(connection, groups, reported)
    figures = {
        (kpi, grouping, group): flags
        for kpi, grouping, group, *flags in connection.execute(
            "select figures.kpi, grouping, group_name, figures.mean is not null, q1 is not null, median is not null, "
            "q3 is not null, stddev is not null, performance is not null from shown.aggregate.kpi_by_group as figures "
            "left join shown.kpi.kpi_performance as judged using (cycle, kpi, grouping, group_name) where cycle = $cycle",
            {"cycle": cycle},
        ).fetchall()
    }
    released_panels = set(
        connection.execute(
            "select kpi, cycle, previous_cycle, grouping, group_name from shown.aggregate.kpi_trends "
            "where panel_mean is not null and $cycle in (cycle, previous_cycle)",
            {"cycle": cycle},
        ).fetchall()
    )
    known = set(
        connection.execute(
            "select kpi, member from shown.kpi.member_kpi_values where value is not null and cycle = $cycle", {"cycle": cycle}
        ).fetchall()
    )
    found = {}
    for (of, kpi), own in reported.items():
        if of != cycle:
            continue
        own_groups, own_panels = among(groups[cycle], own.members), panels[cycle, kpi]
        flags = np.array([figures.get((kpi, *group), NO_FIGURES) for group in own_groups], dtype=bool).reshape(-1, 6)
        found[cycle, kpi] = ReleasedValues(
            tuple(zip(own.members, own.values.tolist(), strict=True)),
            np.array([(kpi, member) in known for member in own.members]),
            own.is_secret,
            membership(own_groups.values(), own.members),
            membership(own_panels.values(), own.members),
            values.Shown(
                flags[:, 0],
                flags[:, 1:4],
                flags[:, 4],
                flags[:, 5],
                np.array([(kpi, *panel) in released_panels for panel in own_panels], dtype=bool),
            ),
            proof.worlds_of((audience.name, cycle, kpi), own.members).worlds(own.values),
        )
    return found


def _released_answers(
    connection: duckdb.DuckDBPyConnection, audience: Audience, cycle: str, instruments: Collection[str], proof: Proof
) -> dict[tuple[str, str, str], ReleasedAnswers]:
    groups = read_groups(connection)
    counted = set(
        connection.execute(
            "with counts as (unpivot (select instrument, grouping, group_name, n_aware as awareness, n_in_use as usage "
            "from shown.instrument.instrument_use where cycle = $cycle) on awareness, usage into name measure value n) "
            "select instrument, measure, grouping, group_name from counts",
            {"cycle": cycle},
        ).fetchall()
    )
    released_classes = {
        (instrument, kpi, measure): is_significance_released
        for instrument, kpi, measure, is_significance_released in connection.execute(
            "select instrument, kpi, measure, is_significant is not null from shown.correlation.instrument_kpi "
            "where strength is not null and cycle = $cycle and list_contains($instruments::varchar[], instrument)",
            {"cycle": cycle, "instruments": sorted(instruments)},
        ).fetchall()
    }
    of_kpis = {kpi for _, kpi, _ in released_classes}
    known = {
        of: dict(zip(own.members, own.values.tolist(), strict=True))
        for of, own in read_reported(connection, audience, of_kpis).items()
        if of[0] == cycle
    }
    pairs = read_pairs(connection, read_policies(connection), known)
    found = {}
    for question in read_answered(connection, audience, {cycle}, instruments):
        instrument, measure = question.instrument, question.measure
        released = [
            members
            for group, members in among(groups[cycle], question.members).items()
            if (instrument, measure, *group) in counted
        ]
        classes = tuple(
            pair if released_classes[instrument, pair.kpi, measure] else replace(pair, limits=(0.0, 1.0))
            for pair in pairs.get((cycle, instrument, measure), [])
            if (instrument, pair.kpi, measure) in released_classes
        )
        found[cycle, instrument, measure] = ReleasedAnswers(
            tuple(zip(question.members, question.scores, strict=True)),
            membership(released, question.members),
            classes,
            proof.worlds_of((audience.name, cycle, instrument, measure), question.members).worlds(
                np.array(question.scores, dtype=float)
            ),
        )
    return found


def _space(own: Sequence[Answer], released: Iterable[ReleasedValues | ReleasedAnswers]) -> tuple[list[Answer], NDArray[np.int64]]:
    """All answers, those of the publication that is made first, and whose each is, as a number."""
    answers = list(dict.fromkeys([*own, *(answer for one in released for answer in one.answers)]))
    number = {member: i for i, member in enumerate(dict.fromkeys(member for member, _ in answers))}
    return answers, np.array([number[member] for member, _ in answers])


def _padded(rows: NDArray[np.bool_], own: Sequence[Answer], answers: Sequence[Answer]) -> NDArray[np.bool_]:
    """Rows over some answers as rows over all; shape (..., all answers)."""
    index = {answer: i for i, answer in enumerate(answers)}
    found = np.zeros((*rows.shape[:-1], len(answers)), dtype=bool)
    found[..., [index[answer] for answer in own]] = rows
    return found


def with_released_values(
    target: values.Target, can_be_shown: values.Shown, own: Sequence[Answer], released: Sequence[ReleasedValues]
) -> tuple[values.Target, values.Shown, list[Answer], NDArray[np.bool_]]:
    """The target of a KPI's values in all publications together.

    Args:
        target: of the publication that is made.
        can_be_shown: of that.
        own: its answers.
        released: what earlier ones tell.

    Returns:
        the target, its groups and panels first; what can be shown, or is released; the answers it is of; and which of them are
        hidden in any case.
    """
    answers, owners = _space(own, released)
    n, every = len(answers), np.ones(len(own), dtype=bool)
    is_secret = _padded(target.is_secret, own, answers)
    is_hidden, is_known = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    groups, panels = [_padded(target.groups, own, answers)], [_padded(target.panels, own, answers)]
    shown, everybody = [can_be_shown], [0]
    is_released = [values.Shown(*(np.zeros_like(flags) for flags in vars(can_be_shown).values()))]
    for one in released:
        is_known |= _padded(one.is_known, one.answers, answers)
        is_hidden |= _padded(~one.is_known, one.answers, answers)
        is_secret |= _padded(one.is_secret, one.answers, answers) & ~_padded(every, own, answers)
        everybody.append(sum(map(len, groups)))
        groups.append(_padded(one.groups, one.answers, answers))
        panels.append(_padded(one.panels, one.answers, answers))
        shown.append(one.shown)
        is_released.append(one.shown)
    # what was released of somebody who would now rather not have it released is lost; what is shown now is for the choice to say
    is_known &= ~is_secret
    together = replace(
        target,
        values=np.array([value for _, value in answers]),
        is_secret=is_secret,
        groups=np.concatenate(groups),
        panels=np.concatenate(panels),
        earlier=values.Earlier(owners, is_known, tuple(everybody), _stacked(is_released)),
    )
    return together, _stacked(shown), answers, is_hidden & ~is_known


def released_worlds_of_values(target: values.Target, answers: Sequence[Answer], released: ReleasedValues) -> NDArray[np.float64]:
    """The worlds that prove an earlier publication, as worlds of all publications together; shape (worlds, all answers).

    Where a Member's answer is another in some of them, its answers in the others are so by as much.
    """
    assert target.earlier is not None
    index = {member: i for i, (member, _) in enumerate(released.answers)}
    moves = released.worlds - np.array([value for _, value in released.answers])
    of_all = np.zeros((len(moves), len(answers)))
    there = [i for i, (member, _) in enumerate(answers) if member in index and not target.earlier.is_known[i]]
    of_all[:, there] = moves[:, [index[answers[i][0]] for i in there]]
    return np.clip(target.values + of_all, target.minimum, target.maximum)


def changes_of_earlier(answers: Sequence[Answer], worlds: NDArray[np.float64], n_own: int) -> tuple[EarlierChange, ...]:
    """What worlds of all publications change of the answers that are no longer given.

    Args:
        answers: of all publications, those of the one that is made first.
        worlds: shape (worlds, all answers).
        n_own: how many of the answers are of the publication that is made.
    """
    return tuple(
        (world, *answers[place], float(worlds[world, place]))
        for world in range(len(worlds))
        for place in range(n_own, len(answers))
        if worlds[world, place] != answers[place][1]
    )


def beside_again(own: Sequence[Answer], worlds: NDArray[np.float64], earlier: Sequence[EarlierChange]) -> Beside:
    """What was found of a publication and earlier ones together, from worlds that were found before.

    Args:
        own: the answers of the publication that is made.
        worlds: of these; shape (worlds, n).
        earlier: what the worlds change of the answers that are no longer given.
    """
    answers = list(dict.fromkeys([*own, *((member, truth) for _, member, truth, _ in earlier)]))
    of_all = np.tile(np.array([value for _, value in answers]), (len(worlds), 1))
    of_all[:, : len(own)] = worlds
    index = {answer: place for place, answer in enumerate(answers)}
    for world, member, truth, answer in earlier:
        of_all[world, index[member, truth]] = answer
    return Beside(tuple(answers), of_all, is_safe=True)


def _stacked(shown: Sequence[values.Shown]) -> values.Shown:
    names = vars(shown[0])
    return values.Shown(*(np.concatenate([getattr(one, name) for one in shown]) for name in names))


def with_released_answers(
    question: counts.Question, can_be_shown: NDArray[np.bool_], own: Sequence[Answer], released: Sequence[ReleasedAnswers]
) -> tuple[counts.Question, NDArray[np.bool_], list[Answer]]:
    """The question of all publications together, which groups can be shown, or were released, and the answers; see above."""
    answers, owners = _space(own, released)
    groups, shown = [_padded(question.groups, own, answers)], [can_be_shown]
    relations = [_over(relation, own, answers) for relation in question.relations]
    for one in released:
        groups.append(_padded(one.groups, one.answers, answers))
        shown.append(np.ones(len(one.groups), dtype=bool))
        members = [member for member, _ in one.answers]
        relations += [_over(pair.relation(members), one.answers, answers) for pair in one.classes]
    n_own, n_own_relations = len(can_be_shown), len(question.relations)
    can_be = np.concatenate(shown)
    return (
        replace(
            question,
            answers=np.array([int(answer) for _, answer in answers]),
            groups=np.concatenate(groups),
            relations=tuple(relations),
            earlier=counts.Earlier(owners, np.arange(len(can_be)) >= n_own, np.arange(len(relations)) >= n_own_relations),
        ),
        can_be,
        answers,
    )


def released_worlds_of_answers(
    question: counts.Question, answers: Sequence[Answer], released: ReleasedAnswers
) -> NDArray[np.int64]:
    """The worlds that prove an earlier publication, as worlds of all; what was answered otherwise then is as in truth."""
    of_all = np.tile(question.answers, (len(released.worlds), 1))
    index = {answer: place for place, answer in enumerate(released.answers)}
    there = [place for place, answer in enumerate(answers) if answer in index]
    of_all[:, there] = released.worlds[:, [index[answers[place]] for place in there]].astype(int)
    return of_all


def _over(relation: counts.Relation, own: Sequence[Answer], answers: Sequence[Answer]) -> counts.Relation:
    """A relation of some answers, over all."""
    value = dict(zip(own, relation.values.tolist(), strict=True))
    return replace(relation, values=np.array([value.get(answer, np.nan) for answer in answers]))
