"""What an audience is shown of answers on instruments: counts, and correlations with KPIs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from orchestration.disclosure.changes import Changes
from orchestration.disclosure.counts import Choice, Pool, Question, choose_counts
from orchestration.publication.protection.answered import read_answered, read_pairs
from orchestration.publication.protection.choose import choose_all
from orchestration.publication.protection.earlier import changes_of_earlier, released_worlds_of_answers, with_released_answers
from orchestration.publication.protection.proof import key_of
from orchestration.publication.protection.read import among, membership
from orchestration.publication.protection.tables import Protection, Worlds

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    from numpy.typing import NDArray

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.protection.answered import Answered
    from orchestration.publication.protection.earlier import History, ReleasedAnswers
    from orchestration.publication.protection.proof import Proof
    from orchestration.publication.protection.read import Groups, Policies
    from orchestration.publication.protection.tables import EarlierChange
    from orchestration.publication.protection.touched import Touched
    from orchestration.warm.side_by_side import SideBySide


def protect_instruments(
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
    """Of an instrument whose level does not reach the audience, no answer is to follow from rounded counts and classes.

    Args:
        connection: with the internal file attached as `internal`.
        audience: to whom.
        groups: by cycle.
        policies: by cycle.
        wider: what the next wider audience is shown.
        last: the worlds of the last publication.
        history: what the audience has of earlier ones.
        touched: the cycles that it is said of; None for all.
        found: to which it is added.
        side_by_side: processes, where much is unknown.
    """
    answered = read_answered(connection, audience, None if touched is None else touched.cycles)
    values = {
        cycle_and_kpi: dict(zip(shown.members, shown.values.tolist(), strict=True))
        for cycle_and_kpi, shown in found.shown.items()
        if shown.is_shape_shown and not shown.has_hidden
    }
    pairs = read_pairs(connection, policies, values) if answered else {}
    withheld_from_wider = {cell[:5] for cell in wider.instrument_cells} if wider is not None else set()
    held = {cycle for cycle in policies if found.is_unsafe(cycle, wider)}
    asked = []
    for given in answered:
        own_groups = among(groups[given.cycle], given.members)
        is_in = membership(own_groups.values(), given.members)
        question = Question(
            np.array(given.scores),
            given.kinds,
            np.array(given.is_counted),
            is_in,
            int(policies[given.cycle]["count_rounding_base"]),
            tuple(pair.relation(given.members) for pair in pairs.get((given.cycle, given.instrument, given.measure), [])),
        )
        is_large = is_in.sum(axis=1) >= policies[given.cycle]["minimum_group_size_mean"]
        is_seen = np.array(
            [(given.cycle, given.instrument, *group, given.measure) not in withheld_from_wider for group in own_groups]
        )
        subject = (audience.name, given.cycle, given.instrument, given.measure)
        key = key_of(question, is_large & is_seen)
        known = last.worlds(subject, key, given.members)
        earlier = () if known is None else last.earlier(subject)
        asked.append(Asked(key, question, is_large, is_large & is_seen, given, known, earlier))
    released = history.of_questions({of.about for of in asked if of.known is None and of.cycle not in held})
    asked = [replace(of, released=tuple(released.get(of.about, ()))) for of in asked]
    chosen = choose_all(asked, choose, choose_with_released, lambda one: one.is_safe, held, side_by_side)
    for of, choice in zip(asked, chosen, strict=True):
        given = of.given
        if not choice.is_safe:
            found.unsafe.append((given.cycle, f"{given.instrument} ({given.measure})"))
        subject = (audience.name, given.cycle, given.instrument, given.measure)
        found.worlds.append(Worlds(subject, of.key, given.members, choice.changes, choice.earlier))
        own_groups = among(groups[given.cycle], given.members)
        for group, large, shown in zip(own_groups, of.is_large, choice.groups, strict=True):
            if not shown:
                reason = "hidden answers" if large else "too few Members"
                found.instrument_cells.append((given.cycle, given.instrument, *group, given.measure, reason))
        found.classes += [
            (given.cycle, given.instrument, pair.kpi, given.measure, pair.is_significance_shown)
            for pair, shown in zip(pairs.get((given.cycle, given.instrument, given.measure), []), choice.relations, strict=True)
            if shown
        ]


@dataclass(frozen=True)
class Asked:
    """What is asked of a question on an instrument in a cycle: which counts and classes can be shown.

    Attributes:
        key: what worlds are found for.
        question: the answers.
        is_large: which groups are; shape (groups,).
        can_be_shown: those of them that are not withheld from a wider audience; shape (groups,).
        given: who answered.
        known: worlds that were found for the same before; None where they have to be looked for.
        earlier: what these change of answers that are no longer given.
        released: what earlier publications tell, where no worlds are known and the cycle is not held already.
    """

    key: str
    question: Question
    is_large: NDArray[np.bool_]
    can_be_shown: NDArray[np.bool_]
    given: Answered
    known: Changes | None
    earlier: tuple[EarlierChange, ...]
    released: tuple[ReleasedAnswers, ...] = ()

    @property
    def about(self) -> tuple[str, str, str]:
        """Cycle, instrument and measure."""
        return self.given.cycle, self.given.instrument, self.given.measure

    @property
    def cycle(self) -> str:
        """Of the question."""
        return self.given.cycle

    @property
    def n_unknown(self) -> int:
        """Answers for which worlds have to be looked for."""
        return len(self.question.answers) if self.known is None else 0


@dataclass(frozen=True)
class Chosen:
    """What is shown of a question.

    Attributes:
        groups: whose counts are; shape (groups,).
        relations: which classes are; shape (relations,).
        changes: the worlds that prove it.
        is_safe: whether it is safe beside what was released.
        earlier: what the worlds change of answers that are no longer given.
    """

    groups: NDArray[np.bool_]
    relations: NDArray[np.bool_]
    changes: Changes
    is_safe: bool
    earlier: tuple[EarlierChange, ...]


def choose(asked: Asked) -> Chosen:
    """Choose what is shown of a question, whatever earlier publications tell, unless worlds are known that prove these too."""
    choice = choose_counts(asked.question, asked.can_be_shown, asked.known)
    return Chosen(choice.groups, choice.relations, choice.worlds.changes, is_safe=True, earlier=asked.earlier)


def choose_with_released(asked: Asked) -> Chosen:
    """Choose what is shown of a question beside what earlier publications tell."""
    choice, is_safe, earlier = choose_beside(asked.question, asked.can_be_shown, asked.given, asked.released)
    return Chosen(choice.groups, choice.relations, choice.worlds.changes, is_safe=is_safe, earlier=earlier)


def choose_beside(
    question: Question, can_be_shown: NDArray[np.bool_], given: Answered, released: Sequence[ReleasedAnswers]
) -> tuple[Choice, bool, tuple[EarlierChange, ...]]:
    """Choose what is shown beside what earlier publications tell; whether all is safe then, and what worlds change of these.

    The counts of all Members are not the price of it: where they were released and could not be now, it is not safe.
    """
    own = list(zip(given.members, given.scores, strict=True))
    together, can_be, answers = with_released_answers(question, can_be_shown, own, released)
    assert together.earlier is not None
    n, n_groups, n_relations = len(own), len(can_be_shown), len(question.relations)
    is_released = np.asarray(together.groups[together.earlier.groups].any(axis=0), dtype=bool)
    is_safe = False
    # where the search finds none, the worlds that prove the last publication may do: they do where nothing has changed
    before = released_worlds_of_answers(together, answers, released[-1])
    for known in (None, Changes.of(before, together.answers)):
        choice = choose_counts(together, can_be, known)
        unsafe, _ = choice.worlds.unsafe()
        is_count_kept = bool(choice.groups[0]) or not any(one.groups.all(axis=1).any() for one in released)
        is_safe = bool(
            is_count_kept
            and choice.groups[together.earlier.groups].all()
            and choice.relations[together.earlier.relations].all()
            and not (is_released[unsafe] | (unsafe < n)).any()
        )
        if is_safe:
            break
    worlds = Pool(question.answers, np.arange(n), choice.worlds.changes.before(n))
    earlier = changes_of_earlier(answers, choice.worlds.answers.astype(float), n)
    return Choice(choice.groups[:n_groups], choice.relations[:n_relations], worlds), is_safe, earlier


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
