"""An audience's file, made from the internal one: what the audience may not see is not in it at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from orchestration.publication.assemble import FORMAT, copy_comments, mart_columns, quoted
from orchestration.publication.decisions import Decisions, decisions

if TYPE_CHECKING:
    from orchestration.disclosure.audiences import Audience

SQL = Path(__file__).with_name("audience_tables")
"""One file a table: the rows and figures of it that a protected audience sees. A table without a file there is not shown."""

DECISION_TABLES = {
    "withheld_values": (("cycle", "member", "kpi"), {}),
    "kpi_cells": (
        (
            "cycle",
            "kpi",
            "grouping",
            "group_name",
            "is_mean_shown",
            "is_shape_shown",
            "is_q1_shown",
            "is_median_shown",
            "is_q3_shown",
            "suppression",
        ),
        {name: pa.bool_() for name in ("is_mean_shown", "is_shape_shown", "is_q1_shown", "is_median_shown", "is_q3_shown")},
    ),
    "shown_panels": (("cycle", "previous_cycle", "kpi", "grouping", "group_name"), {}),
    "instrument_cells": (("cycle", "instrument", "grouping", "group_name", "measure", "suppression"), {}),
}
"""The tables that the SQL files join: columns, and the types of those that are not text."""


def write_audience_file(internal: Path, target: Path, audience: Audience, *, suppress: bool = True) -> None:
    """Write the file of a protected audience.

    Args:
        internal: the file with everything.
        target: the file to write; it must not be there yet.
        audience: whose file it is.
        suppress: whether group results are suppressed; False is for showing that the audit fails without.
    """
    with duckdb.connect(str(target), config=FORMAT) as connection:
        connection.execute("set threads = 1")
        connection.execute(f"attach '{quoted(internal)}' as internal (read_only)")
        decided = decisions(connection, audience)
        _register(connection, decided if suppress else _without_suppression(decided))
        connection.execute("create temp table audience_levels as select unnest(?) as level", [list(audience.levels)])
        connection.execute(
            "create temp table shown_kpis as select kpis.cycle, kpis.kpi, policy.value as least_for_shape "
            "from internal.reference.kpis as kpis inner join audience_levels on kpis.disclosure = audience_levels.level "
            "inner join internal.reference.policy as policy "
            "on kpis.cycle = policy.cycle and policy.policy = 'minimum_group_size_quartiles'"
        )
        connection.execute("set variable audience = ?", [audience.name])
        for (schema, table), columns in mart_columns(connection, "internal").items():
            path = SQL / f"{schema}.{table}.sql"
            if schema == "reference":
                query = f'from internal."{schema}"."{table}"'
            elif path.exists():
                query = path.read_text(encoding="utf-8")
            else:
                continue
            listed = ", ".join(f'"{name}"' for name, _ in columns)
            connection.execute(f'create schema if not exists "{schema}"')
            connection.execute(f'create table "{schema}"."{table}" as select {listed} from ({query}) order by all')
        copy_comments(connection, "internal")
        connection.execute("checkpoint")


def _register(connection: duckdb.DuckDBPyConnection, decided: Decisions) -> None:
    rows = {
        "withheld_values": decided.values,
        "kpi_cells": decided.kpi_cells,
        "shown_panels": decided.panels,
        "instrument_cells": decided.instrument_cells,
    }
    for name, (columns, types) in DECISION_TABLES.items():
        arrays = zip(*rows[name], strict=True) if rows[name] else ([] for _ in columns)
        table = pa.table({c: pa.array(a, types.get(c, pa.string())) for c, a in zip(columns, arrays, strict=True)})
        connection.register("decided", table)
        connection.execute(f"create temp table {name} as from decided")
        connection.unregister("decided")


def _without_suppression(decided: Decisions) -> Decisions:
    return Decisions(
        values=[],
        kpi_cells=[(*cell[:4], True, True, True, True, True, None) for cell in decided.kpi_cells],
        panels=decided.panels,
        instrument_cells=[],
    )
