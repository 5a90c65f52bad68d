"""Whether the proof holds for answers on instruments: every hidden answer, every intruder."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from orchestration.publication.audit.batches import batches
from orchestration.publication.audit.leak import Leak
from orchestration.publication.audit.rows import SQL

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import duckdb
    import pyarrow as pa
    from numpy.typing import NDArray

TABLE = "instrument.instrument_use"
ORDER = {"no": 0.0, "yes": 1.0, "no_plans": 0.0, "plans_to_use": 1.0, "in_use": 2.0}
STRENGTHS = ("none", "weak", "moderate", "strong")
Question = tuple[str, str, str]
"""Cycle, instrument and measure."""


@dataclass(frozen=True)
class Hidden:
    """The answers on a question that the audience may not see.

    Attributes:
        members: who answered; shape (n,).
        orders: their answers in `ORDER`; shape (n,).
    """

    members: tuple[str, ...]
    orders: NDArray[np.float64]


@dataclass(frozen=True)
class Worlds:
    """The worlds of a question: which of its answers are others in them.

    Attributes:
        numbers: the worlds, as the proof numbers them, rising; shape (worlds,).
        world: of each other answer, as an index of `numbers`; shape (changes,).
        member: likewise, as an index of the question's answers; shape (changes,).
        orders: what is answered there, in `ORDER`; shape (changes,).
    """

    numbers: NDArray[np.int64]
    world: NDArray[np.signedinteger[Any]]
    member: NDArray[np.signedinteger[Any]]
    orders: NDArray[np.number[Any]]


NOTHING = np.zeros(0, dtype=np.int32)
NO_WORLDS = Worlds(np.zeros(0, dtype=np.int64), NOTHING, NOTHING, NOTHING)
Answers = dict[Question, Hidden]
Changes = dict[Question, Worlds]
Broken = dict[Question, dict[int, set[str]]]
"""By question and world with what it does not agree."""


@dataclass
class Earlier:
    """What earlier publications say of the worlds.

    Attributes:
        changed: by question and world the Members whose earlier answer is another in it.
        broken: with what of earlier files a world does not agree.
        were: of each publication the hidden answers that have changed since, all that were given, and the worlds of these.
    """

    changed: dict[tuple[str, str, str, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    broken: Broken = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    were: list[tuple[dict[Question, list[str]], Answers, Changes]] = field(default_factory=list)


def try_on_earlier(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    answers_that_were: Mapping[tuple[str, str, str | None], Collection[str]],
    found: Earlier,
) -> None:
    """Try worlds on the files of an earlier publication.

    Args:
        connection: with its files and the worlds of its answers attached, as for `audit_answers`.
        name: of the publication.
        answers_that_were: by question the Members that have answered otherwise since, or no more.
        found: to which it is added.
    """
    answers, changes, broken, _ = _read_worlds(connection)
    for question, of_world in broken.items():
        for world, whats in of_world.items():
            found.broken[question][world] |= {f"{what}, in {name}" for what in whats}
    is_shown, were = _in_what_is_shown(connection), {}
    for question in connection.execute("select cycle, subject, measure from proof.subjects where measure is not null").fetchall():
        of_members = answers_that_were.get(question, ())
        given = answers[question].members if question in answers else ()
        secrets = [member for member in given if member in is_shown[question] and member in of_members]
        if secrets:
            were[question] = secrets
    if were:
        found.were.append((were, answers, changes))


@dataclass
class Tried:
    """What was tried of hidden answers in a cycle, in numbers; see `certificate.py`."""

    secrets: int = 0
    pairs_tried: int = 0
    worlds: int = 0
    worlds_that_agree: int = 0


def audit_answers(
    connection: duckdb.DuckDBPyConnection, earlier: Earlier | None = None
) -> tuple[list[Leak], dict[str, dict[str, Any]]]:
    """Ask of each hidden answer whether it is proved that another was possible, to outsiders and to every other Member.

    Args:
        connection: with `internal`, `shown` and `proof` attached, and the table `levels`.
        earlier: what earlier publications say of the worlds.

    Returns:
        what is not proved, and what was tried, in numbers, by cycle.
    """
    earlier = Earlier() if earlier is None else earlier
    answers, worlds, broken, leaks = _read_worlds(connection)
    tried: dict[str, Tried] = defaultdict(Tried)
    for question, of_world in worlds.items():
        tried[question[0]].worlds += len(of_world.numbers)
        tried[question[0]].worlds_that_agree += len(set(of_world.numbers.tolist()) - broken[question].keys())
    for question, of_earlier in earlier.broken.items():
        for world, whats in of_earlier.items():
            broken[question][world] |= whats
    is_shown = _in_what_is_shown(connection)
    secrets = {question: [member for member in own.members if member in is_shown[question]] for question, own in answers.items()}
    leaks += _unproved_secrets(secrets, answers, worlds, broken, earlier)
    for were, given, of_them in earlier.were:
        leaks += _unproved_secrets(were, given, of_them, broken, earlier)
    for question, members in secrets.items():
        tried[question[0]].secrets += len(members)
        tried[question[0]].pairs_tried += len(answers[question].members) * len(members)
    return leaks, {cycle: asdict(own) for cycle, own in tried.items()}


def _read_worlds(connection: duckdb.DuckDBPyConnection) -> tuple[Answers, Changes, Broken, list[Leak]]:
    """The hidden answers, the worlds, those that do not agree with what is shown, and classes that should not be shown."""
    hidden_answers, answer_worlds, broken_worlds = (
        (SQL / f"{name}.sql").read_text(encoding="utf-8") for name in ("hidden_answers", "answer_worlds", "broken_answer_worlds")
    )
    connection.execute(hidden_answers)
    answers = {
        (cycle, instrument, measure): Hidden(tuple(members), np.array([ORDER[word] for word in words]))
        for cycle, instrument, measure, members, words in connection.execute(
            "select cycle, instrument, measure, list(member order by member), list(word order by member) "
            "from hidden_answers group by all order by all"
        ).fetchall()
    }
    worlds: Changes = defaultdict(lambda: NO_WORLDS)
    broken: Broken = defaultdict(lambda: defaultdict(set))
    for _ in batches(connection, "answers"):
        connection.execute(answer_worlds)
        # of many Members there are millions of changes: as arrays they take little room
        changes: pa.Table = connection.sql(
            "with own as (select subject, list(world order by world, number) as worlds, "
            "list(number order by world, number) as numbers, list(answer order by world, number) as answers "
            "from answer_changes where word != truth group by subject) "
            "select cycle, questions.subject, measure, worlds, numbers, answers from own "
            "inner join proof.subjects as questions on own.subject = questions.number order by own.subject"
        ).to_arrow_table()
        for row in range(changes.num_rows):
            *question, numbers, members, orders = (column[row] for column in changes.columns)
            cycle, instrument, measure = (part.as_py() for part in question)
            of_change, of_member, of_answer = (array.values.to_numpy() for array in (numbers, members, orders))
            in_order, world = np.unique(of_change, return_inverse=True)
            worlds[cycle, instrument, measure] = Worlds(in_order, world.astype(np.int32), of_member, of_answer)
        for cycle, instrument, measure, world, what in connection.execute(broken_worlds).fetchall():
            broken[cycle, instrument, measure][world].add(what)
        for cycle, instrument, measure, world in connection.execute(
            "select distinct cycle, questions.subject, measure, world from answer_changes as own "
            "inner join proof.subjects as questions on own.subject = questions.number where word is null"
        ).fetchall():
            broken[cycle, instrument, measure][world].add("what can be answered")
    return answers, worlds, broken, _break_by_classes(connection, answers, worlds, broken)


def _unproved_secrets(
    secrets: dict[Question, list[str]], answers: Answers, worlds: Changes, broken: Broken, earlier: Earlier
) -> list[Leak]:
    """Hidden answers of which no worlds prove that another was possible."""
    leaks = []
    also: dict[Question, dict[int, set[str]]] = defaultdict(dict)
    for (cycle, instrument, measure, world), members in earlier.changed.items():
        also[cycle, instrument, measure][world] = members
    for question, of_question in secrets.items():
        unproved = _unproved(of_question, answers[question], worlds[question], broken[question], also[question])
        against = sorted({what for whats in broken[question].values() for what in whats})[:3]
        why = f"; what is shown stands against it: {', '.join(against)}" if against else ""
        leaks += [
            Leak(TABLE, f"{', '.join(question)}, {member}", f"it is not proved that another answer was possible{why}")
            for member in unproved
        ]
    return leaks


def _unproved(
    secrets: list[str], hidden: Hidden, worlds: Worlds, broken: Collection[int], also: Mapping[int, set[str]]
) -> list[str]:
    """Members whose answer no world changes, or only worlds in which one and the same other Member's is changed too.

    Args:
        secrets: whose answers are asked for.
        hidden: who answered.
        worlds: of the question.
        broken: numbers of those that do not agree with what is shown.
        also: by number of a world those whose earlier answer is another in it: they know it.
    """
    index = {
        member: number for number, member in enumerate(dict.fromkeys([*hidden.members, *(m for o in also.values() for m in o)]))
    }
    agrees = ~np.isin(worlds.numbers, list(broken))
    is_of_one = agrees[worlds.world]
    world, place = worlds.world[is_of_one], worlds.member[is_of_one]
    # in whole words of 64 Members, a bit each
    is_changed = np.zeros((len(worlds.numbers), -(-len(index) // 64) * 64), dtype=bool)
    is_changed[world, place] = True
    for at, number in enumerate(worlds.numbers.tolist()):
        is_changed[at, [index[member] for member in also.get(number, ())]] = True
    packed = np.packbits(is_changed, axis=1)
    of_secrets = world[np.argsort(place, kind="stable")]
    secret = np.array([index[member] for member in secrets], dtype=np.int64)
    n_worlds = np.bincount(place, minlength=len(index))
    first, n_worlds = (n_worlds.cumsum() - n_worlds)[secret], n_worlds[secret]
    # who is changed in the first world of each secret, and then in the next one too, until it is nobody
    is_unproved = n_worlds == 0
    some = np.flatnonzero(~is_unproved)
    always = packed[of_secrets[first[some]]]
    always[np.arange(len(some)), secret[some] // 8] &= ~(128 >> secret[some] % 8).astype(np.uint8)
    for number in range(1, int(n_worlds.max(initial=0)) + 1):
        is_anybody = always.view(np.uint64).any(axis=1)
        some, always = some[is_anybody], always[is_anybody]
        is_last = n_worlds[some] == number
        is_unproved[some[is_last]] = True
        some, always = some[~is_last], always[~is_last]
        always &= packed[of_secrets[first[some] + number]]
    return [member for member, is_one in zip(secrets, is_unproved, strict=True) if is_one]


def _in_what_is_shown(connection: duckdb.DuckDBPyConnection) -> dict[Question, set[str]]:
    """The Members of whom something is shown: who is in a group whose counts are shown, or has a pair in a class."""
    found: dict[Question, set[str]] = defaultdict(set)
    for cycle, instrument, measure, members in connection.execute(
        "with shown as ("
        "select cycle, instrument, 'awareness' as measure, grouping, group_name from shown.instrument.instrument_use "
        "where coalesce(n_aware, awareness_rate) is not null or is_awareness_high is not null union all "
        "select cycle, instrument, 'usage', grouping, group_name from shown.instrument.instrument_use "
        "where coalesce(n_in_use, n_plans_to_use, n_no_plans, in_use_rate) is not null or usage_level is not null "
        "or is_planned_use_low is not null union all "
        "select cycle, instrument, measure, 'global', 'All Members' from shown.correlation.instrument_kpi "
        "where strength is not null or is_significant is not null) "
        "select cycle, instrument, measure, list(distinct member) from shown "
        "inner join internal.reference.member_groups using (cycle, grouping, group_name) group by all"
    ).fetchall():
        found[cycle, instrument, measure] = set(members)
    return found


def _break_by_classes(connection: duckdb.DuckDBPyConnection, answers: Answers, worlds: Changes, broken: Broken) -> list[Leak]:
    """Break worlds in which a correlation is of another class than the one that is shown; leaks where there should be none."""
    leaks = []
    policies, p_values = _policies(connection), _p_values(connection)
    connection.execute(
        "create or replace temp table shown_classes as select own.cycle, own.instrument, own.kpi, own.measure, own.strength, "
        "own.sign, own.is_significant, kpis.direction from shown.correlation.instrument_kpi as own "
        "inner join internal.reference.kpis as kpis using (cycle, kpi) "
        "where (own.strength is not null or own.is_significant is not null) "
        "and exists (from hidden_answers as h where (h.cycle, h.instrument) = (own.cycle, own.instrument))"
    )
    values = {
        (cycle, kpi): (dict(zip(members, of_members, strict=True)), n_hidden)
        for cycle, kpi, members, of_members, n_hidden in connection.execute(
            "select own.cycle, own.kpi, list(own.member), list(own.value), count(*) filter (where seen.member is null) "
            "from internal.kpi.member_kpi_values as own left join shown.kpi.member_kpi_values as seen using (cycle, kpi, member) "
            "where own.status = 'reported' and (own.cycle, own.kpi) in (select (cycle, kpi) from shown_classes) group by all"
        ).fetchall()
    }
    for cycle, instrument, kpi, measure, strength, sign, is_significant, direction in connection.execute(
        "from shown_classes order by all"
    ).fetchall():
        question = (cycle, instrument, measure)
        of_member, n_hidden = values[cycle, kpi]
        if n_hidden:
            place = f"{cycle}, {instrument}, {kpi}, {measure}"
            leaks.append(Leak("correlation.instrument_kpi", place, "is a class of answers and values that are both hidden"))
        if question not in answers or not len(worlds[question].numbers):
            continue
        y = np.array([of_member.get(member, np.nan) for member in answers[question].members])
        rho = coefficients(answers[question], worlds[question], -y if direction == "lower" else y)
        thresholds, alpha = policies[cycle]
        # by the strength as a number, with the sign that it has if there is any
        shown_as = STRENGTHS.index(strength) * {"positive": 1, "negative": -1, None: 0}[sign] if strength else np.nan
        is_other = np.searchsorted(thresholds, np.abs(rho), side="right") * np.sign(rho) != shown_as
        if is_significant is not None:
            n = int(np.count_nonzero(~np.isnan(y)))
            t = rho * np.sqrt((n - 2) / np.maximum(1e-300, 1 - rho**2))
            others = [p for pair, p in p_values[cycle, measure].items() if pair != (instrument, kpi)]
            is_other |= (adjusted(2 * special.stdtr(n - 2, -np.abs(t)), np.array(others)) < alpha) != is_significant
        for world in worlds[question].numbers[is_other].tolist():
            broken[question][world].add(f"the class of its correlation with {kpi}")
    return leaks


def coefficients(hidden: Hidden, worlds: Worlds, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spearman's coefficient in each world, as Pearson's of mean ranks; 0 without variation, which is shown as no correlation.

    Args:
        hidden: the true answers.
        worlds: what is answered otherwise.
        values: what they are correlated with; not a number where a Member has none; shape (n,).

    Returns:
        shape (worlds,).
    """
    has = ~np.isnan(values)
    n, kinds, n_worlds = int(has.sum()), 1 + int(max(ORDER.values())), len(worlds.numbers)
    ranks = np.zeros(len(values))
    ranks[has] = pd.Series(values[has]).rank().to_numpy() - (n + 1) / 2
    truth = hidden.orders.astype(np.int64)

    def sums(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of the weights of those who answer alike; shape (worlds, kinds)."""
        of_change = weights[worlds.member]
        new, old = worlds.orders.astype(np.int64), truth[worlds.member]
        change = [
            np.bincount(worlds.world.astype(np.int64) * kinds + orders, of_change, n_worlds * kinds).reshape(n_worlds, kinds)
            for orders in (new, old)
        ]
        return np.asarray(np.bincount(truth, weights, kinds) + change[0] - change[1], dtype=float)

    counts, of_ranks = sums(has.astype(float)), sums(ranks)
    mean_ranks = counts.cumsum(axis=1) - (counts - 1) / 2 - (n + 1) / 2
    length = np.sqrt((counts * mean_ranks**2).sum(axis=1) * (ranks**2).sum())
    product = (mean_ranks * of_ranks).sum(axis=1)
    return np.asarray(np.divide(product, length, out=np.zeros(n_worlds), where=length > 0), dtype=float)


def adjusted(p_values: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each of some p-values, adjusted for the rate of false discoveries beside the same others (Benjamini and Hochberg 1995).

    Args:
        p_values: shape (n,).
        others: shape (m,).

    Returns:
        shape (n,).
    """
    others, n = np.sort(others), len(others) + 1
    least = np.minimum.accumulate(np.append(others * n / np.arange(2, n + 1), 1.0)[::-1])[::-1]
    place = np.searchsorted(others, p_values)
    return np.asarray(np.minimum(p_values * n / (place + 1), least[place]), dtype=float)


def _policies(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[list[float], float]]:
    rows = connection.execute(
        "select cycle, coalesce(max(value) filter (where policy = 'weak_correlation'), 0.1), "
        "coalesce(max(value) filter (where policy = 'moderate_correlation'), 0.3), "
        "coalesce(max(value) filter (where policy = 'strong_correlation'), 0.5), "
        "max(value) filter (where policy = 'alpha') from internal.reference.policy group by cycle"
    ).fetchall()
    return {cycle: ([weak, moderate, strong], alpha) for cycle, weak, moderate, strong, alpha in rows}


def _p_values(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[tuple[str, str], float]]:
    found: dict[tuple[str, str], dict[tuple[str, str], float]] = defaultdict(dict)
    for cycle, measure, instrument, kpi, p in connection.execute(
        "select cycle, measure, instrument, kpi, p_value from internal.correlation.instrument_kpi "
        "where p_value is not null order by all"
    ).fetchall():
        found[cycle, measure][instrument, kpi] = p
    return found
