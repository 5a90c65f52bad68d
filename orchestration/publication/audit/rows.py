"""What may be in an audience's file at all: tables, columns, levels, sizes, digits, and that audiences are nested."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication.audit.leak import Leak
from orchestration.publication.join import columns_of
from orchestration.warehouse.marts import NEVER, ROW

if TYPE_CHECKING:
    import duckdb

    from orchestration.warehouse.marts import Marts

SQL = Path(__file__).with_name("sql")
CONSISTENT = ("counts_of_hidden_answers", "figures_in_two_places", "texts")
"""Queries of what in a file does not agree with itself: each row a table, a place, and what is wrong."""
KINDS = {"mean": {"mean"}, "shape": {"shape", "q1", "median", "q3"}, "extremes": {NEVER}}
"""Figures of groups by what they need, as the marts' columns declare with what they are shown."""


NESTED = ("kpi", "member", "instrument")
"""Columns one of which a table has whose figures a wider audience is shown too."""
Columns = dict[str, dict[str, str]]
"""By table the types of its columns."""
SAID = ("suppression", "evidence")
"""Columns whose text is made of what the audience is shown, and so may say less to a narrower one."""


def audit_rows(connection: duckdb.DuckDBPyConnection, shown: Columns, marts: Marts, *, is_nested: bool) -> list[Leak]:
    """Everything but the proof.

    Args:
        connection: with `internal`, `shown` and, where it is nested, `wider` attached, and the table `levels`.
        shown: the columns of the file that is attached as `shown`.
        marts: what each column declares it is shown with.
        is_nested: whether there is a wider audience's file.
    """
    leaks = _structure(connection, shown, marts) + _levels(connection, shown, marts)
    if not are_tables_there(shown, marts):
        return leaks
    leaks += _sizes(connection, shown, marts) + _digits(connection, shown, marts) + _correlations(connection)
    for name in CONSISTENT:
        leaks += [Leak(*row) for row in connection.execute((SQL / f"{name}.sql").read_text(encoding="utf-8")).fetchall()]
    return leaks + (_nested(connection, shown, marts) if is_nested else [])


def are_tables_there(there: Columns, marts: Marts) -> bool:
    """Whether a file with these columns has all figures that the marts declare, so that they can be looked at.

    Names and texts need not all be there: an earlier code's publication has none that were added since.
    """
    return all(
        {name for name, column in mart.columns.items() if column.shown not in {None, NEVER, ROW, "always"}}
        <= there.get(mart.full_name, {}).keys()
        for mart in marts.values()
    )


def _structure(connection: duckdb.DuckDBPyConnection, there: Columns, marts: Marts) -> list[Leak]:
    """Tables and columns that do not declare with what they are shown, and figures in those that are never shown."""
    found = []
    for table, columns in there.items():
        mart = marts.get(table)
        if mart is None:
            found.append(Leak(table, "the whole table", "is no mart"))
            continue
        shown = {name: mart.columns[name].shown if name in mart.columns else None for name in columns}
        found += [
            Leak(table, name, "the column does not declare with what it is shown") for name in columns if shown[name] is None
        ]
        never = {name: f'count("{name}")' for name in columns if shown[name] == NEVER}
        found += [
            Leak(table, name, f"is never shown, and is in {n_figures} rows")
            for name, n_figures in _counted(connection, never, f"shown.{mart.quoted}")
        ]
    return found


def _counted(connection: duckdb.DuckDBPyConnection, counts: dict[str, str], rows: str) -> list[tuple[str, int]]:
    """Of the columns of some rows those with a count that is not zero, and this, in one query."""
    if not counts:
        return []
    numbers = connection.execute(f"select {', '.join(counts.values())} from {rows}").fetchall()[0]
    return [(name, n) for name, n in zip(counts, numbers, strict=True) if n]


def _levels(connection: duckdb.DuckDBPyConnection, there: Columns, marts: Marts) -> list[Leak]:
    """KPIs and single answers whose level does not reach the audience."""
    connection.execute(
        "create temp table unseen as select cycle, kpi from internal.reference.kpis where disclosure not in (from levels)"
    )
    found = []
    for table, columns in there.items():
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


def _sizes(connection: duckdb.DuckDBPyConnection, there: Columns, marts: Marts) -> list[Leak]:
    """Figures of fewer Members than the policy asks for, and least and largest values."""
    found = []
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


def _digits(connection: duckdb.DuckDBPyConnection, there: Columns, marts: Marts) -> list[Leak]:
    """Figures with more digits than they are published with."""
    found = []
    for table, columns in there.items():
        if table not in marts:
            continue
        more = {}
        for column in marts[table].columns.values():
            if column.name not in columns or column.is_exact or (column.unit != "kpi" and column.decimals is None):
                continue
            of_previous = column.name.startswith("previous_")  # the unit may have had other decimals then
            decimals = (
                "9" if of_previous else "coalesce(kpis.decimals, 1)::integer" if column.unit == "kpi" else str(column.decimals)
            )
            more[column.name] = f'count_if(own."{column.name}" != round(own."{column.name}", {decimals}))'
        found += [
            Leak(table, name, f"has more digits than it is published with, in {n} rows")
            for name, n in _counted(
                connection,
                more,
                f"shown.{marts[table].quoted} as own inner join internal.reference.kpis as kpis using (cycle, kpi)",
            )
        ]
    return found


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


def _nested(connection: duckdb.DuckDBPyConnection, there: Columns, marts: Marts) -> list[Leak]:
    """Figures that a wider audience is not shown, or shown otherwise.

    But for counts and correlations of answers that the wider one knows, which are exact for it.
    """
    connection.execute(
        "create temp table otherwise as select cycle, instrument, max(wider.instrument is not null) as is_known "
        "from internal.reference.instruments as all_of_them "
        "left join (select distinct cycle, instrument from wider.instrument.member_instrument_answers) as wider "
        "using (cycle, instrument) "
        "where disclosure not in (from levels) group by all having is_known"
    )
    of_wider = columns_of(connection, "wider")
    found = []
    for table, columns in there.items():
        if (
            table not in marts
            or table == "instrument.dimension_use"
            or set(columns) <= set(marts[table].keys)
            or not set(NESTED) & columns.keys()
        ):
            continue
        mart = marts[table]
        keys = [key for key in mart.keys if key in columns]
        figures = [name for name in columns if name not in {*keys, *SAID} and name in of_wider[table]]
        differs = ", ".join(
            f'if(own."{n}" is not null and own."{n}" is distinct from wide."{n}", \'{n}\', null)' for n in figures
        )
        is_otherwise = "anti join otherwise using (cycle, instrument)" if "instrument" in columns else ""
        place, using = (", ".join(f'{side}"{key}"' for key in keys) for side in ("own.", ""))
        rows = connection.execute(
            f"select concat_ws(', ', {place}), concat_ws(', ', {differs}) as differing "
            f"from (from shown.{mart.quoted} {is_otherwise}) as own "
            f"left join wider.{mart.quoted} as wide using ({using}) where differing != '' order by all"
        ).fetchall()
        found += [Leak(table, place, f"shows {what} that a wider audience is not shown, or otherwise") for place, what in rows]
    return found
