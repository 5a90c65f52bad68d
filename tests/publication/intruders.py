"""People who work secrets out of published files: each attack that once went through, and what it finds.

They read the files alone. What they are given besides makes them stronger than anybody is: who answered, to which groups Members
belong, all digits of the values that are shown, and of an insider its own answers. None of it is shared with what protects or
audits the files; the solver is scipy's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize, stats

from tests.lab import rows

Group = tuple[str, str]
ROOM = 1e-7
Equations = tuple[list[NDArray[np.float64]], list[float], list[float]]
"""Rows of sums, and between what they lie."""
NOTHING: Equations = ([], [], [])
FAR = 1e4
"""Farther than any value of a KPI without bounds."""


@dataclass
class Publication:
    """The files that somebody has, and what is no secret.

    Attributes:
        internal: from which the truth is taken, to see who was right, and what is no secret.
        files: that the intruder has.
        levels: of answers that it may see; the others are secrets.
    """

    internal: Path
    files: list[Path]
    levels: tuple[str, ...]

    @cached_property
    def groups(self) -> dict[str, dict[Group, set[str]]]:
        found: dict[str, dict[Group, set[str]]] = {}
        for cycle, grouping, name, members in rows(
            self.internal, "select cycle, grouping, group_name, list(member) from reference.member_groups group by all"
        ):
            found.setdefault(cycle, {})[grouping, name] = set(members)
        return found

    def figures(self, query: str) -> list[tuple[Any, ...]]:
        """What any of the files tells."""
        return [row for file in self.files for row in rows(file, query)]

    @cached_property
    def on_kpis(self) -> list[OnKpi]:
        """Each KPI and cycle of which any file tells something, and has secrets."""
        truth = rows(
            self.internal,
            "select cycle, kpi, decimals, minimum, maximum, list(member order by member), list(value order by member), "
            "list(member_kpi_values.disclosure order by member) from kpi.member_kpi_values join reference.kpis using (cycle, kpi) where status = 'reported' group by all order by all",
        )
        shown = set(self.figures("select cycle, kpi, member from kpi.member_kpi_values where status = 'reported'"))
        means: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        for cycle, kpi, *rest in self.figures(
            "select cycle, kpi, grouping, group_name, mean, q1, median, q3 from aggregate.kpi_by_group where mean is not null"
        ):
            means.setdefault((cycle, kpi), []).append(tuple(rest))
        panels: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        for cycle, previous, kpi, *group, mean, before in self.figures(
            "select cycle, previous_cycle, kpi, grouping, group_name, panel_mean, previous_panel_mean "
            "from aggregate.kpi_trends where panel_mean is not null"
        ):
            panels.setdefault((cycle, kpi), []).append((cycle, previous, *group, mean))
            panels.setdefault((previous, kpi), []).append((cycle, previous, *group, before))
        reporters = {(cycle, kpi): set(members) for cycle, kpi, _, _, _, members, _, _ in truth}
        found = []
        for cycle, kpi, decimals, minimum, maximum, members, values, levels in truth:
            sums = [
                (frozenset(self.groups[cycle][g, n] & reporters[cycle, kpi]), m) for g, n, m, *_ in means.get((cycle, kpi), [])
            ]
            sums += [
                (frozenset(self.groups[later][g, n] & reporters[later, kpi] & reporters[earlier, kpi]), m)
                for later, earlier, g, n, m in panels.get((cycle, kpi), [])
            ]
            quartiles = [
                (frozenset(self.groups[cycle][g, n] & reporters[cycle, kpi]), number + 1, q)
                for g, n, _, *three in means.get((cycle, kpi), [])
                for number, q in enumerate(three)
                if q is not None
            ]
            one = OnKpi(
                cycle,
                kpi,
                0.5 * 10.0 ** -(1 if decimals is None else decimals),
                -FAR if minimum is None else minimum,
                FAR if maximum is None else maximum,
                dict(zip(members, values, strict=True)),
                {m for m in members if (cycle, kpi, m) in shown},
                {m for m, level in zip(members, levels, strict=True) if level not in self.levels},
                list(dict.fromkeys(sums)),
                list(dict.fromkeys(quartiles)),
            )
            if sums and one.secret:
                found.append(one)
        return found


@dataclass
class OnKpi:
    """What is told of a KPI's values in one cycle.

    Attributes:
        half: half of the last digit that is published.
        truth: by Member the value.
        known: whose value is shown.
        secret: whose may not be.
        sums: Members, and the mean of their values.
        quartiles: Members, which quartile, and what it is.
    """

    cycle: str
    kpi: str
    half: float
    minimum: float
    maximum: float
    truth: dict[str, float]
    known: set[str]
    secret: set[str]
    sums: list[tuple[frozenset[str], float]]
    quartiles: list[tuple[frozenset[str], int, float]]

    @cached_property
    def hidden(self) -> list[str]:
        return sorted(self.truth.keys() - self.known)

    def is_nearly(self, member: str, low: float, high: float) -> bool:
        """Whether it is too narrow, what a secret is known to lie between: less than 10 % of it to either side."""
        value = self.truth[member]
        reach, whole = 0.1 * abs(value), 0.1 * (self.maximum - self.minimum)
        if self.maximum < FAR and self.minimum > -FAR and min(value - self.minimum, self.maximum - value) < whole:
            reach = whole
        least = max(self.minimum, value - reach) + ROOM * max(1, abs(value))
        most = min(self.maximum, value + reach) - ROOM * max(1, abs(value))
        return low > least or high < most

    def solved(self, insider: str | None = None) -> dict[str, tuple[float, float]]:
        """By Member the value that follows from sums by algebra, and how far off it may be for their rounding."""
        hidden = [m for m in self.hidden if m != insider]
        known = self.truth.keys() - set(hidden)
        if not hidden:
            return {}
        matrix, result = [], []
        for members, mean in self.sums:
            matrix.append([float(m in members) for m in hidden])
            result.append(mean * len(members) - sum(self.truth[m] for m in members & known))
        a, b = np.array(matrix).reshape(-1, len(hidden)), np.array(result)
        if not a.any():
            return {}
        nothing = linalg.null_space(a)
        inverse = linalg.pinv(a)
        best, error = inverse @ b, np.abs(inverse) @ np.array([self.half * len(members) for members, _ in self.sums])
        return {m: (best[i], error[i]) for i, m in enumerate(hidden) if not nothing.size or np.abs(nothing[i]).max() < ROOM}

    def interval(self, member: str, insider: str | None = None, *, with_quartiles: bool) -> tuple[float, float]:
        """Between what a value lies, for all that is told: means within their digits, bounds, quartiles."""
        hidden = [m for m in self.hidden if m != insider]
        n, index = len(hidden), {m: i for i, m in enumerate(hidden)}
        a, low, high = [], [], []
        quartiles = [q for q in self.quartiles if with_quartiles and q[0] & index.keys()]
        n_switches = sum(2 * len(q[0] & index.keys()) for q in quartiles)
        width, at = n + n_switches, n
        for members, mean in self.sums:
            row = np.zeros(width)
            row[[index[m] for m in members & index.keys()]] = 1
            rest = sum(self.truth[m] for m in members - index.keys())
            a.append(row)
            low.append((mean - self.half) * len(members) - rest - ROOM)
            high.append((mean + self.half) * len(members) - rest + ROOM)
        most = self.maximum - self.minimum
        for members, quarter, value in quartiles:
            own = sorted(members & index.keys())
            place, rest_of = divmod((len(members) - 1) * quarter, 4)
            # so many are not above it, and so many are not below it: a switch says of each whether it is one of these
            for sign, n_at_least in ((1.0, place + 1), (-1.0, len(members) - place - bool(rest_of))):
                edge = value + sign * (self.half + ROOM)
                n_known = sum(sign * self.truth[m] <= sign * edge for m in members - index.keys())
                count = np.zeros(width)
                for m in own:
                    row = np.zeros(width)
                    row[index[m]], row[at] = sign, most
                    a.append(row)
                    low.append(-np.inf)
                    high.append(sign * edge + most)
                    count[at] = 1
                    at += 1
                a.append(count)
                low.append(n_at_least - n_known)
                high.append(np.inf)
        bounds = optimize.Bounds([self.minimum] * n + [0] * n_switches, [self.maximum] * n + [1] * n_switches)
        ends = []
        for sign in (1.0, -1.0):
            cost = np.zeros(width)
            cost[index[member]] = sign
            found = optimize.milp(
                cost,
                constraints=optimize.LinearConstraint(np.array(a), low, high),
                bounds=bounds,
                integrality=np.repeat([0, 1], [n, n_switches]),
                options={"time_limit": 5.0},
            )
            # what is not solved in time is known as far as it was tried
            end = found.fun if found.status == 0 else -np.inf if found.mip_dual_bound is None else found.mip_dual_bound
            ends.append(sign * end)
        return ends[0], ends[1]


def values_by_algebra(told: Publication, *, insiders: bool = False) -> set[tuple[str, str, str]]:
    """Secrets that adding and subtracting totals tells nearly: the attack with both files, and that of an insider."""
    return {
        (on.cycle, on.kpi, member)
        for on in told.on_kpis
        for insider in [None, *(on.hidden if insiders else [])]
        for member, (value, error) in on.solved(insider).items()
        if member in on.secret and on.is_nearly(member, value - error, value + error)
    }


def values_by_intervals(told: Publication, *, insiders: bool, with_quartiles: bool = False) -> set[tuple[str, str, str]]:
    """Secrets that are known to lie in too narrow an interval, by linear programming."""
    return {
        (on.cycle, on.kpi, member)
        for on in told.on_kpis
        for insider in [None, *(on.hidden if insiders else [])]
        for member in on.secret - {insider}
        if on.is_nearly(member, *on.interval(member, insider, with_quartiles=with_quartiles))
    }


def values_that_are_quartiles(told: Publication) -> set[tuple[str, str, str]]:
    """Secrets that are a quartile that nobody else's value is, of groups that have but one hidden Member in common."""
    found = set()
    for on in told.on_kpis:
        hits: dict[float, list[frozenset[str]]] = {}
        for members, quarter, value in on.quartiles:
            is_one_value = (len(members) - 1) * quarter % 4 == 0
            if is_one_value and not any(abs(on.truth[m] - value) <= on.half + ROOM for m in members & on.known):
                hits.setdefault(value, []).append(members)
        for value, groups in hits.items():
            suspects = frozenset.intersection(*groups) - on.known
            found |= {
                (on.cycle, on.kpi, m)
                for m in suspects & on.secret
                if len(suspects) == 1 and abs(value - on.truth[m]) <= on.half + ROOM
            }
    return found


@dataclass
class OnInstrument:
    """What is told of the answers on one question.

    Attributes:
        truth: by Member the number of its answer.
        counts: Members, answer, least and largest number of those that gave it.
        correlations: by KPI centred ranks of Members, and between what the coefficient lies.
    """

    key: tuple[str, str]
    kinds: int
    truth: dict[str, int]
    counts: list[tuple[frozenset[str], int, int, int]] = field(default_factory=list)
    correlations: list[tuple[dict[str, float], float, float]] = field(default_factory=list)

    def follows(self, insider: str | None = None, *, with_correlations: bool = False) -> set[str]:
        """Members whose answer follows: no other is possible."""
        found = set()
        alternatives: list[NDArray[np.float64]] = []
        index = {m: i for i, m in enumerate(sorted(self.truth))}
        for member in self.truth.keys() - {insider}:
            i = index[member] * self.kinds + self.truth[member]
            if any(x[i] < 0.5 for x in alternatives):
                continue
            x = self._another(index, member, insider, with_correlations=with_correlations)
            if x is None:
                found.add(member)
            else:
                alternatives.append(x)
        return found

    def _another(
        self, index: dict[str, int], member: str, insider: str | None, *, with_correlations: bool
    ) -> NDArray[np.float64] | None:
        """Answers of all, with another of one Member's, that agree with what is told; None where there are none."""
        n, kinds = len(index), self.kinds
        a, low, high = [], [], []
        for m in index:
            row = np.zeros(n * kinds)
            row[index[m] * kinds : (index[m] + 1) * kinds] = 1
            a.append(row)
            low.append(1.0)
            high.append(1.0)
        for members, answer, least, most in self.counts:
            row = np.zeros(n * kinds)
            row[[index[m] * kinds + answer for m in members]] = 1
            a.append(row)
            low.append(float(least))
            high.append(float(most))
        lower, upper = np.zeros(n * kinds), np.ones(n * kinds)
        upper[index[member] * kinds + self.truth[member]] = 0
        if insider in index:
            lower[index[insider] * kinds + self.truth[insider]] = 1
        for rows_of, least_of, most_of in self._equations(index) if with_correlations else [NOTHING]:
            found = optimize.milp(
                np.zeros(n * kinds),
                constraints=optimize.LinearConstraint(np.array([*a, *rows_of]), [*low, *least_of], [*high, *most_of]),
                bounds=optimize.Bounds(lower, upper),
                integrality=np.ones(n * kinds, dtype=int),
                options={"time_limit": 10.0},
            )
            if found.x is not None:
                return np.asarray(found.x)
            if found.status == 1:
                return np.zeros(n * kinds)  # not solved in time is no finding
        return None

    def _equations(self, index: dict[str, int]) -> Iterator[Equations]:
        """Of yes and no, a coefficient is a linear equation for each number of yes: those of one KPI, one number after another."""
        if not self.correlations:
            yield NOTHING
        for ranks, least, most in self.correlations[:1]:
            n = len(ranks)
            sum_row, count_row = np.zeros(len(index) * 2), np.zeros(len(index) * 2)
            for m, rank in ranks.items():
                sum_row[index[m] * 2 + 1] = rank
                count_row[index[m] * 2 + 1] = 1
            length = float(np.sqrt(sum(r * r for r in ranks.values())))
            for yes in range(n + 1):
                norm = length * float(np.sqrt(yes * (n - yes) / n))
                ends = sorted((least * norm, most * norm))
                yield [sum_row, count_row], [ends[0] - 1e-6, yes], [ends[1] + 1e-6, yes]


QUESTIONS = {
    "awareness": ("aware", {"no": 0, "yes": 1}, {"n_aware": 1}),
    "usage": (
        "usage",
        {"no_plans": 0, "plans_to_use": 1, "in_use": 2},
        {"n_no_plans": 0, "n_plans_to_use": 1, "n_in_use": 2},
    ),
}
"""By question the column of answers, their numbers, and which counts are told of which."""
STRENGTHS = {"none": (0.0, 0.1), "weak": (0.1, 0.3), "moderate": (0.3, 0.5), "strong": (0.5, 1.0)}


def on_instruments(told: Publication, question: str, base: int) -> list[OnInstrument]:
    """What the files tell of the answers on each instrument; counts are rounded to a base, 1 where they are not."""
    column, numbers, counts = QUESTIONS[question]
    answers = rows(
        told.internal,
        f"select cycle, instrument, list(member order by member), list({column} order by member) "
        f"from instrument.member_instrument_answers where {column} is not null group by all order by all",
    )
    found = {
        (c, i): OnInstrument((c, i), len(numbers), {m: numbers[word] for m, word in zip(members, said, strict=True)})
        for c, i, members, said in answers
    }
    names = ", ".join(counts)
    for cycle, instrument, grouping, name, *given in told.figures(
        f"select cycle, instrument, grouping, group_name, {names} from instrument.instrument_use"
    ):
        on = found[cycle, instrument]
        members = frozenset(told.groups[cycle][grouping, name] & on.truth.keys())
        top = len(members) // base * base
        for count, answer in zip(given, counts.values(), strict=True):
            possible = [c for c in range(len(members) + 1) if min((2 * c + base) // (2 * base) * base, top) == count]
            if possible:
                on.counts.append((members, answer, min(possible), max(possible)))
    if question == "awareness":
        _add_correlations(told, found)
    return list(found.values())


def _add_correlations(told: Publication, found: dict[tuple[str, str], OnInstrument]) -> None:
    values = {
        (c, k): dict(zip(m, v, strict=True))
        for c, k, m, v in rows(
            told.internal,
            "select cycle, kpi, list(member), list(value) from kpi.member_kpi_values where status = 'reported' group by all",
        )
    }
    for cycle, instrument, kpi, rho, strength, sign, direction in told.figures(
        "select cycle, instrument, kpi, spearman_rho, strength, sign, direction from correlation.instrument_kpi "
        "join reference.kpis using (cycle, kpi) where measure = 'awareness' and (spearman_rho is not null or strength is not null)"
        "order by all"
    ):
        on = found[cycle, instrument]
        pairs = sorted(on.truth.keys() & values[cycle, kpi].keys())
        ranks = stats.rankdata([values[cycle, kpi][m] * (-1 if direction == "lower" else 1) for m in pairs])
        low, high = (rho, rho) if rho is not None else STRENGTHS[strength]
        if rho is None and sign != "positive":
            low, high = -high, -low if sign == "negative" else high
        on.correlations.append((dict(zip(pairs, (ranks - ranks.mean()).tolist(), strict=True)), low, high))


def answers_by_notes(told: Publication) -> set[tuple[str, str, str]]:
    """Questions on which all are said to have answered the same."""
    query = "select distinct cycle, instrument, measure from correlation.instrument_kpi where note = 'no variation'"
    return {(cycle, instrument, measure) for cycle, instrument, measure in told.figures(query)}


def answers_by_counts(
    told: Publication, question: str, base: int, *, insider: str | None = None, every: int = 1
) -> set[tuple[str, str, str]]:
    """Answers that no other answers of all Members agree with, by counts of overlapping groups; of one instrument of so many."""
    return {(*on.key, member) for on in on_instruments(told, question, base)[::every] for member in on.follows(insider)}


def answers_by_correlations(told: Publication, base: int, *, every: int = 1) -> set[tuple[str, str, str]]:
    """The same with a coefficient, or its class, beside the counts."""
    return {
        (*on.key, member)
        for on in on_instruments(told, "awareness", base)[::every]
        for member in on.follows(with_correlations=True)
    }
