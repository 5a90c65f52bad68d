"""Whether the proof holds for answers on instruments: every hidden answer, every intruder."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from orchestration.publication.audit.leak import Leak
from orchestration.publication.audit.rows import SQL

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import duckdb
    from numpy.typing import NDArray

TABLE = "instrument.instrument_use"
ORDER = {"no": 0.0, "yes": 1.0, "no_plans": 0.0, "plans_to_use": 1.0, "in_use": 2.0}
Question = tuple[str, str, str]
"""Cycle, instrument and measure."""


Answers = dict[Question, dict[str, str]]
"""By question the answers, by Member."""
Changes = dict[Question, dict[int, dict[str, str]]]
"""By question and world the answers that are not the true ones, by Member."""
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
    told, were = _told_of(connection), {}
    for question in connection.execute("select cycle, subject, measure from proof.subjects where measure is not null").fetchall():
        of_members = answers_that_were.get(question, ())
        secrets = [member for member in answers.get(question, {}) if member in told[question] and member in of_members]
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
        tried[question[0]].worlds += len(of_world)
        tried[question[0]].worlds_that_agree += len(of_world.keys() - broken[question].keys())
    for question, of_earlier in earlier.broken.items():
        for world, whats in of_earlier.items():
            broken[question][world] |= whats
    told = _told_of(connection)
    secrets = {question: [member for member in own if member in told[question]] for question, own in answers.items()}
    leaks += _unproved_secrets(secrets, answers, worlds, broken, earlier)
    for were, given, of_them in earlier.were:
        leaks += _unproved_secrets(were, given, of_them, broken, earlier)
    for question, members in secrets.items():
        tried[question[0]].secrets += len(members)
        tried[question[0]].pairs_tried += len(answers[question]) * len(members)
    return leaks, {cycle: asdict(own) for cycle, own in tried.items()}


def _read_worlds(connection: duckdb.DuckDBPyConnection) -> tuple[Answers, Changes, Broken, list[Leak]]:
    """The hidden answers, the worlds, those that do not agree with what is shown, and classes that should not be shown."""
    for statement in (SQL / "answer_worlds.sql").read_text(encoding="utf-8").split(";\n"):
        connection.execute(statement)
    answers: Answers = {
        (cycle, instrument, measure): dict(zip(members, words, strict=True))
        for cycle, instrument, measure, members, words in connection.execute(
            "select cycle, instrument, measure, list(member order by member), list(word order by member) "
            "from hidden_answers group by all order by all"
        ).fetchall()
    }
    worlds: Changes = defaultdict(lambda: defaultdict(dict))
    for cycle, instrument, measure, world, member, word in connection.execute(
        "select cycle, instrument, measure, world, member, word from answer_changes "
        "where word is distinct from truth order by all"
    ).fetchall():
        worlds[cycle, instrument, measure][world][member] = word
    broken: Broken = defaultdict(lambda: defaultdict(set))
    for cycle, instrument, measure, world, what in connection.execute(
        (SQL / "broken_answer_worlds.sql").read_text(encoding="utf-8")
    ).fetchall():
        broken[cycle, instrument, measure][world].add(what)
    return answers, worlds, broken, _break_by_classes(connection, answers, worlds, broken)


def _unproved_secrets(
    secrets: dict[Question, list[str]], answers: Answers, worlds: Changes, broken: Broken, earlier: Earlier
) -> list[Leak]:
    """Hidden answers of which no worlds prove that another was possible."""
    leaks = []
    for question, of_question in secrets.items():
        agreeing = {world: changed for world, changed in worlds[question].items() if world not in broken[question]}
        also = [earlier.changed.get((*question, world), set()) - changed.keys() for world, changed in agreeing.items()]
        unproved = _unproved(of_question, list(answers[question]), list(agreeing.values()), also)
        against = sorted({what for whats in broken[question].values() for what in whats})[:3]
        why = f"; what is shown stands against it: {', '.join(against)}" if against else ""
        leaks += [
            Leak(TABLE, f"{', '.join(question)}, {member}", f"it is not proved that another answer was possible{why}")
            for member in unproved
        ]
    return leaks


def _unproved(secrets: list[str], members: list[str], agreeing: list[dict[str, str]], also: list[set[str]]) -> list[str]:
    """Members whose answer no world changes, or only worlds in which one and the same other Member's is changed too.

    Args:
        secrets: whose answers are asked for.
        members: who answered.
        agreeing: the worlds.
        also: by world those whose earlier answer is another in it: they know it.
    """
    index = {member: number for number, member in enumerate(dict.fromkeys([*members, *(m for own in also for m in own)]))}
    changed = np.zeros((len(agreeing), len(index)), dtype=np.float32)
    for number, world in enumerate(agreeing):
        changed[number, [index[member] for member in world]] = 1
    with_own = changed.copy()
    for number, own in enumerate(also):
        with_own[number, [index[member] for member in own]] = 1
    together = changed.T @ with_own
    found = []
    for member in secrets:
        n = together[index[member]].copy()
        own = n[index[member]]
        n[index[member]] = -1
        if own == 0 or (n >= own).any():
            found.append(member)
    return found


def _told_of(connection: duckdb.DuckDBPyConnection) -> dict[Question, set[str]]:
    """The Members of whom something is told: who is in a group whose counts are shown, or has a pair in a class."""
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


def _break_by_classes(
    connection: duckdb.DuckDBPyConnection,
    answers: dict[Question, dict[str, str]],
    worlds: dict[Question, dict[int, dict[str, str]]],
    broken: dict[Question, dict[int, set[str]]],
) -> list[Leak]:
    """Break worlds in which a correlation is of another class than the one that is shown; leaks where there should be none."""
    leaks = []
    policies = _policies(connection)
    p_values = _p_values(connection)
    for (
        cycle,
        instrument,
        kpi,
        measure,
        strength,
        sign,
        is_significant,
        direction,
        members,
        values,
        n_hidden,
    ) in connection.execute(
        "with values as (select own.cycle, own.kpi, list(own.member order by own.member) as members, "
        "list(own.value order by own.member) as of_members, count(*) filter (where seen.member is null) as n_hidden "
        "from internal.kpi.member_kpi_values as own left join shown.kpi.member_kpi_values as seen using (cycle, kpi, member) "
        "where own.status = 'reported' group by all) "
        "select own.cycle, own.instrument, own.kpi, own.measure, own.strength, own.sign, own.is_significant, kpis.direction, "
        "members, of_members, n_hidden from shown.correlation.instrument_kpi as own "
        "inner join internal.reference.kpis as kpis using (cycle, kpi) inner join values using (cycle, kpi) "
        "where (own.strength is not null or own.is_significant is not null) "
        "and exists (from hidden_answers as h where (h.cycle, h.instrument) = (own.cycle, own.instrument)) order by all"
    ).fetchall():
        question = (cycle, instrument, measure)
        if n_hidden:
            place = f"{cycle}, {instrument}, {kpi}, {measure}"
            leaks.append(Leak("correlation.instrument_kpi", place, "is a class of answers and values that are both hidden"))
        sides = [-v if direction == "lower" else v for v in values]
        of_member = dict(zip(members, sides, strict=True))
        thresholds, alpha = policies[cycle]
        for world, changed in worlds[question].items():
            given = {**answers[question], **changed}
            both = [member for member in given if member in of_member]
            x = np.array([ORDER[given[member]] for member in both])
            y = np.array([of_member[member] for member in both])
            rho = _spearman(x, y)
            word = ("none", "weak", "moderate", "strong")[int(np.searchsorted(thresholds, abs(rho), side="right"))]
            its_sign = None if word == "none" else "positive" if rho > 0 else "negative"
            is_other = (word, its_sign) != (strength, sign)
            if is_significant is not None:
                others = p_values[cycle, measure]
                t = rho * np.sqrt((len(x) - 2) / max(1e-300, 1 - rho**2))
                p = float(2 * stats.t.sf(abs(t), len(x) - 2))
                tested = {**others, (instrument, kpi): p}
                q = dict(zip(tested, stats.false_discovery_control(list(tested.values()), method="bh"), strict=True))
                is_other = is_other or bool(q[instrument, kpi] < alpha) != is_significant
            if is_other:
                broken[question][world].add(f"the class of its correlation with {kpi}")
    return leaks


def _spearman(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Spearman's coefficient; 0 where there is no variation, which is shown as no correlation."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(stats.spearmanr(x, y).statistic)


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
