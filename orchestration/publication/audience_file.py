"""An audience's file, made from the internal one: what the audience may not see is not in it at all.

Which columns reach it, and with what, is declared in the marts' YAML; a column that declares nothing is not in the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication.join import create_table, writing
from orchestration.publication.protection.tables import TABLES
from orchestration.publication.views import create_views
from orchestration.warehouse.marts import AS_IT_IS, MADE, NEVER

if TYPE_CHECKING:
    import duckdb

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.protection.tables import Protection
    from orchestration.warehouse.marts import Column, Mart, Marts

SQL = Path(__file__).with_name("audience_tables")
"""One file a table: the rows of it that a protected audience sees, with a column `is_<figure>_shown` for each figure that the
mart's columns name, and `made_<column>` for each column that is made from what the audience sees. A table without a file has
no figures, and all its rows are shown."""

JOINED = {
    "withheld_values": "from values_",
    "kpi_cells": "from kpi_cells_",
    "shown_panels": (
        "select of_cycle as cycle, previous_cycle, kpi, grouping, group_name from panel_sides_ "
        "group by all having bool_and(is_shown)"
    ),
    "instrument_cells": "from instrument_cells_",
    "withheld_correlations": "from correlations_",
    "shown_classes": "from classes_",
}
"""The tables that the SQL files join, as queries of what is decided: `protection.tables.TABLES`, with an underscore each."""


def write_audience_file(internal: Path, target: Path, audience: Audience, marts: Marts, protection: Protection) -> None:
    """Write the file of a protected audience.

    Args:
        internal: the file with everything.
        target: the file to write; it must not be there yet.
        audience: whose file it is.
        marts: what the tables and their columns are, and who sees them.
        protection: what the audience is shown.
    """
    with writing(target, internal=internal) as connection:
        _register(connection, protection)
        connection.execute("create temp table audience_levels as select unnest(?) as level", [list(audience.levels)])
        connection.execute(
            "create temp table shown_kpis as select kpis.cycle, kpis.kpi, policy.value as least_for_shape, "
            "coalesce(kpis.decimals, 1)::integer as decimals "
            "from internal.reference.kpis as kpis inner join audience_levels on kpis.disclosure = audience_levels.level "
            "inner join internal.reference.policy as policy "
            "on kpis.cycle = policy.cycle and policy.policy = 'minimum_group_size_quartiles'"
        )
        connection.execute("set variable audience = ?", [audience.name])
        for mart in marts.values():
            shown = shown_columns(mart)
            if shown:
                query = audience_query(mart)
                key = create_table(connection, mart, [column.name for column in shown], query)
                # rows that nothing is joined to come in the order in which they are stored
                order = mart.order if sql_of(mart).exists() else ""
                connection.execute(f"insert into {mart.quoted} {query} {order}; {key}")
        create_views(connection, marts)


def shown_columns(mart: Mart) -> list[Column]:
    """The columns of a mart that are in a protected audience's file: those that declare with what they are shown.

    A column that is shown `never` is there, and null, beside columns that are shown; a table of such columns is not there.
    """
    declared = [column for column in mart.columns.values() if column.shown is not None]
    return declared if any(column.shown != NEVER for column in declared) else []


def audience_query(mart: Mart) -> str:
    """The query of what a protected audience is shown of a mart, made from what its columns declare."""
    path = sql_of(mart)
    rows = path.read_text(encoding="utf-8") if path.exists() else f"from internal.{mart.quoted}"
    listed = ", ".join(f'{_expression(column)} as "{column.name}"' for column in shown_columns(mart))
    return f"select {listed} from ({rows}) as shown"


def sql_of(mart: Mart) -> Path:
    """The file with the rows that a protected audience sees; there is none where it sees all of them."""
    return SQL / f"{mart.full_name}.sql"


def _expression(column: Column) -> str:
    """A column as it is shown: figures in a KPI's unit, and others that say so, with their decimals."""
    value = f'shown."{column.name}"'
    if column.unit == "kpi" and not column.is_exact:
        value = f"round({value}, shown.decimals)"
    elif column.decimals is not None:
        value = f"round({value}, {column.decimals})"
    if column.shown in AS_IT_IS:
        return value
    if column.shown == NEVER:
        return f"null::{column.type}"
    if column.shown == MADE:
        return f'shown."made_{column.name}"'
    return f'if(shown."is_{column.shown}_shown", {value}, null)'


def _register(connection: duckdb.DuckDBPyConnection, protection: Protection) -> None:
    for name in TABLES:
        connection.register(f"{name}_", protection.table(name))
    for name, query in JOINED.items():
        connection.execute(f"create temp table {name} as {query}")
    for name in TABLES:
        connection.unregister(f"{name}_")
