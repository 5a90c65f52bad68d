"""The audit of an audience's file: looks at every figure in it, and says what of the withheld could be computed.

It takes nothing from the decisions that made the file: what is shown is read from the file, what is to be protected from the
internal one, and `disclosure.audit` says what follows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from orchestration.disclosure.derivable import derivable, indistinct
from orchestration.publication.join import columns_of
from orchestration.warehouse.held import attached
from orchestration.warehouse.marts import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from orchestration.disclosure.audiences import Audience
    from orchestration.warehouse.marts import Marts

KINDS = {"mean": {"mean"}, "shape": {"shape", "q1", "median", "q3"}, "extremes": {NEVER}}
"""Figures of groups by what they need, as the marts' columns declare with what they are shown."""


@dataclass(frozen=True)
class Leak:
    """Something that the audience may not see and that follows from its file.

    Attributes:
        table: where it shows, or the table whose figures give it.
        place: cycle, KPI or instrument, group or Member.
        what: what follows, in a sentence.
    """

    table: str
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.table}, {self.place}: {self.what}"


def audit_file(internal: Path, target: Path, audience: Audience, marts: Marts) -> list[Leak]:
    """Look for what follows from an audience's file and should not.

    Args:
        internal: the file with everything.
        target: the audience's file.
        audience: whose file it is.
        marts: what each column declares it is shown with.
    """
    with attached(internal=internal, shown=target) as connection:
        connection.execute("create temp table levels as select unnest(?) as level", [list(audience.levels)])
        leaks = _structure(connection, marts)
        leaks += _levels(connection, marts)
        leaks += _sizes(connection, marts)
        leaks += _single_values(connection)
        leaks += _correlations(connection)
        leaks += _kpi_totals(connection)
        leaks += _instrument_totals(connection)
    return leaks


def _structure(connection: duckdb.DuckDBPyConnection, marts: Marts) -> list[Leak]:
    """Tables and columns that do not declare with what they are shown, and figures in those that are never shown."""
    found = []
    for table, columns in columns_of(connection, "shown").items():
        mart = marts.get(table)
        if mart is None:
            found.append(Leak(table, "the whole table", "is no mart"))
            continue
        for name in columns:
            shown = mart.columns[name].shown if name in mart.columns else None
            if shown is None:
                found.append(Leak(table, name, "the column does not declare with what it is shown"))
            elif shown == NEVER:
                query = f'select count("{name}") from shown.{mart.quoted}'
                n_figures = connection.execute(query).fetchall()[0][0]
                if n_figures:
                    found.append(Leak(table, name, f"is never shown, and is in {n_figures} rows"))
    return found


def _levels(connection: duckdb.DuckDBPyConnection, marts: Marts) -> list[Leak]:
    """KPIs and single answers whose level does not reach the audience."""
    connection.execute(
        "create temp table unseen as select cycle, kpi from internal.reference.kpis where disclosure not in (from levels)"
    )
    found = []
    for table, columns in columns_of(connection, "shown").items():
        if table not in marts or table.startswith("reference."):
            continue  # the framework is public: what is asked is no secret, only what was answered
        lists = [c.name for c in marts[table].columns.values() if c.codes == "kpi" and c.name in columns]
        for expression in [f'unnest("{name}")' for name in lists] + (["kpi"] if "kpi" in columns else []):
            rows = connection.execute(
                f"select distinct cycle, kpi from (select cycle, {expression} as kpi from shown.{marts[table].quoted}) "
                "semi join unseen using (cycle, kpi) order by all"
            ).fetchall()
            found += [Leak(table, f"{c}, {k}", "the KPI's level does not reach the audience") for c, k in rows]
    rows = connection.execute(
        "select answers.cycle, answers.kpi, answers.member from shown.kpi.member_kpi_values as answers "
        "left join internal.kpi.member_kpi_values as own using (cycle, kpi, member) "
        "where own.disclosure is null or own.disclosure not in (from levels) order by all"
    ).fetchall()
    found += [
        Leak("kpi.member_kpi_values", f"{c}, {k}, {m}", "the answer's level does not reach the audience") for c, k, m in rows
    ]
    rows = connection.execute(
        "select answers.cycle, answers.instrument, answers.member from shown.instrument.member_instrument_answers as answers "
        "left join internal.reference.instruments as own using (cycle, instrument) "
        "where own.disclosure is null or own.disclosure not in (from levels) order by all"
    ).fetchall()
    table = "instrument.member_instrument_answers"
    return found + [Leak(table, f"{c}, {i}, {m}", "the instrument's level does not reach the audience") for c, i, m in rows]


def _sizes(connection: duckdb.DuckDBPyConnection, marts: Marts) -> list[Leak]:
    """Figures of fewer Members than the policy asks for, and least and largest values."""
    found = []
    there = columns_of(connection, "shown")
    for mart in marts.values():
        if not {"kpi", "grouping", "group_name", "n_reported"} <= there.get(mart.full_name, {}).keys():
            continue
        figures = {kind: [c.name for c in mart.columns.values() if c.shown in shown] for kind, shown in KINDS.items()}
        if not any(figures.values()):
            continue
        is_there = {
            kind: "(" + " or ".join([*(f'"{name}" is not null' for name in names), "false"]) + ")"
            for kind, names in figures.items()
        }
        rows = connection.execute(
            "with policy as (select cycle, max(value) filter (where policy = 'minimum_group_size_mean') as for_mean, "
            "max(value) filter (where policy = 'minimum_group_size_quartiles') as for_shape "
            "from internal.reference.policy group by cycle) "
            "select cycle, kpi, grouping, group_name, "
            f"case when n_reported < for_mean and {is_there['mean']} then 'a mean of ' || n_reported || ' Members' "
            f"when n_reported < for_shape and {is_there['shape']} "
            "then 'statistics of the shape of ' || n_reported || ' Members' "
            f"when {is_there['extremes']} then 'the value of a single Member, as least or largest' end as what "
            f"from shown.{mart.quoted} inner join policy using (cycle) where what is not null order by all"
        ).fetchall()
        found += [Leak(mart.full_name, ", ".join(row[:4]), f"shows {row[4]}") for row in rows]
    return found


def _single_values(connection: duckdb.DuckDBPyConnection) -> list[Leak]:
    """Quartiles that are the value of a Member whose value is not shown."""
    rows = connection.execute(
        "select distinct results.cycle, results.kpi, results.grouping, results.group_name "
        "from shown.aggregate.kpi_by_group as results "
        "inner join internal.reference.member_groups as groups using (cycle, grouping, group_name) "
        "inner join internal.kpi.member_kpi_values as own "
        "on own.cycle = results.cycle and own.kpi = results.kpi and own.member = groups.member "
        "anti join shown.kpi.member_kpi_values as answers "
        "on answers.cycle = own.cycle and answers.kpi = own.kpi and answers.member = own.member "
        "where own.value in (results.q1, results.median, results.q3) order by all"
    ).fetchall()
    return [Leak("aggregate.kpi_by_group", ", ".join(row), "a quartile is a withheld value of one Member") for row in rows]


def _correlations(connection: duckdb.DuckDBPyConnection) -> list[Leak]:
    """Correlations of answers that are shown with values some of which are not: many equations in the ranks of these."""
    rows = connection.execute(
        "with hidden as (select distinct cycle, kpi from internal.kpi.member_kpi_values as own "
        "anti join shown.kpi.member_kpi_values as answers using (cycle, kpi, member) where own.status = 'reported'), "
        "known as (select distinct cycle, instrument from shown.instrument.member_instrument_answers), "
        "figures as (select 'correlation.instrument_kpi' as of_table, cycle, instrument, kpi "
        "from shown.correlation.instrument_kpi where coalesce(spearman_rho, kendall_tau_b, ci_low, p_value, q_value) is not null "
        "union select 'correlation.instrument_findings', cycle, instrument, kpi "
        "from shown.correlation.instrument_findings where coalesce(spearman_rho, q_value) is not null) "
        "select of_table, cycle, instrument, kpi from figures semi join known using (cycle, instrument) "
        "semi join hidden using (cycle, kpi) order by all"
    ).fetchall()
    return [Leak(row[0], ", ".join(row[1:]), "correlates answers that are shown with values that are not") for row in rows]


def _kpi_totals(connection: duckdb.DuckDBPyConnection) -> list[Leak]:
    """Sums of hidden values that follow from the means; a value is named as cycle and Member."""
    members = _members(connection)
    least = min(_least(connection).values(), default=0)
    reporting: dict[tuple[str, str], set[str]] = defaultdict(set)
    hidden: dict[str, set[str]] = defaultdict(set)
    for cycle, kpi, member, is_hidden in connection.execute(
        "select own.cycle, own.kpi, own.member, answers.member is null from internal.kpi.member_kpi_values as own "
        "left join shown.kpi.member_kpi_values as answers using (cycle, kpi, member) "
        "where own.status = 'reported' order by all"
    ).fetchall():
        reporting[cycle, kpi].add(member)
        if is_hidden:
            hidden[kpi].add(f"{cycle}/{member}")

    def hidden_sum(kpi: str, cycle: str, among: Iterable[str], coefficient: float = 1.0) -> dict[str, float]:
        names = (f"{cycle}/{member}" for member in among)
        return {name: coefficient for name in names if name in hidden[kpi]}

    equations: dict[str, list[dict[str, float]]] = defaultdict(list)
    shown: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for kpi, cycle, grouping, group in connection.execute(
        "select kpi, cycle, grouping, group_name from shown.aggregate.kpi_by_group where mean is not null "
        "union select kpi, cycle, grouping, group_name from shown.kpi.kpi_performance where mean is not null "
        "union select kpi, cycle, grouping, group_name from shown.aggregate.kpi_trends "
        "where coalesce(mean, change + previous_mean) is not null "
        "union select kpi, previous_cycle, grouping, group_name from shown.aggregate.kpi_trends "
        "where coalesce(previous_mean, mean - change) is not null order by all"
    ).fetchall():
        shown[kpi].add((cycle, grouping, group))
        equations[kpi].append(hidden_sum(kpi, cycle, members[cycle, grouping, group] & reporting[cycle, kpi]))
    for kpi, cycle, previous, grouping, group, *means in connection.execute(
        "select kpi, cycle, previous_cycle, grouping, group_name, panel_mean, previous_panel_mean, panel_change "
        "from shown.aggregate.kpi_trends where coalesce(panel_mean, previous_panel_mean, panel_change) is not null order by all"
    ).fetchall():
        panel = members[cycle, grouping, group] & reporting[cycle, kpi] & reporting[previous, kpi]
        now, before = hidden_sum(kpi, cycle, panel), hidden_sum(kpi, previous, panel)
        sums = (now, before, now | hidden_sum(kpi, previous, panel, -1.0))
        equations[kpi] += [equation for equation, mean in zip(sums, means, strict=True) if mean is not None]
    leaks = []
    for kpi, values in hidden.items():
        withheld = {
            f"the total of {group} ({grouping}, {cycle})": own
            for (cycle, grouping, group), all_of_it in members.items()
            if (cycle, grouping, group) not in shown[kpi] and (own := hidden_sum(kpi, cycle, all_of_it & reporting[cycle, kpi]))
        }
        known = [equation for equation in equations[kpi] if equation]
        for name in derivable(known, withheld | _few(known, least)):
            what = f"the value of {name}" if name in values else name
            leaks.append(Leak("aggregate.kpi_by_group", kpi, f"{what} follows from the means that are shown"))
    return leaks


def _few(equations: list[dict[str, float]], least: float) -> dict[str, dict[str, float]]:
    """The sets of too few unknowns that nothing shown tells apart: not even their total may follow."""
    sets = [few for few in indistinct(equations) if 1 < len(few) < least]
    return {f"the total of {', '.join(sorted(few))}": dict.fromkeys(few, 1.0) for few in sets}


def _least(connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """By cycle the fewest Members of which a total may be shown."""
    query = "select cycle, value from internal.reference.policy where policy = 'minimum_group_size_mean'"
    return dict(connection.execute(query).fetchall())


def _instrument_totals(connection: duckdb.DuckDBPyConnection) -> list[Leak]:
    """The same of answers on instruments whose level does not reach the audience; many have the same respondents."""
    members, least = _members(connection), _least(connection)
    respondents: dict[tuple[str, str, str], frozenset[str]] = {}
    for cycle, instrument, field, answered in connection.execute(
        "select cycle, instrument, field, list(distinct member) from internal.lineage.answers "
        "inner join internal.completeness.member_completeness using (cycle, member) "
        "inner join internal.reference.instruments using (cycle, instrument) "
        "where is_counted and is_sufficient and disclosure not in (from levels) group by all order by all"
    ).fetchall():
        respondents[cycle, instrument, field] = frozenset(answered)
    shown: dict[tuple[str, str, str], set[tuple[str, str]]] = defaultdict(set)
    for cycle, instrument, grouping, group, is_aware, is_used in connection.execute(
        "select cycle, instrument, grouping, group_name, coalesce(n_aware, awareness_rate) is not null, "
        "coalesce(n_in_use, n_plans_to_use, n_no_plans, in_use_rate, plans_to_use_rate, no_plans_rate) is not null "
        "from shown.instrument.instrument_use order by all"
    ).fetchall():
        for field, is_shown in (("aware", is_aware), ("usage", is_used)):
            if is_shown:
                shown[cycle, instrument, field].add((grouping, group))
    leaks = []
    known: dict[tuple[str, frozenset[str], frozenset[tuple[str, str]]], list[str]] = {}
    for (cycle, instrument, field), answered in respondents.items():
        seen = frozenset(shown[cycle, instrument, field])
        if (cycle, answered, seen) not in known:
            groups = {(g, n): dict.fromkeys(own & answered, 1.0) for (c, g, n), own in members.items() if c == cycle}
            equations = [own for group, own in groups.items() if group in seen and own]
            withheld = {f"{n} ({g})": own for (g, n), own in groups.items() if (g, n) not in seen and own}
            found = ["a group of fewer Members than the policy asks for is shown" for own in equations if len(own) < least[cycle]]
            names = derivable(equations, withheld | _few(equations, least[cycle]))
            known[cycle, answered, seen] = found + [f"{name} follows from the rates that are shown" for name in names]
        leaks += [
            Leak("instrument.instrument_use", f"{cycle}, {instrument}, {field}", what) for what in known[cycle, answered, seen]
        ]
    return leaks


def _members(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], frozenset[str]]:
    rows = connection.execute(
        "select cycle, grouping, group_name, list(member) from internal.reference.member_groups group by all order by all"
    ).fetchall()
    return {(cycle, grouping, group): frozenset(members) for cycle, grouping, group, members in rows}
