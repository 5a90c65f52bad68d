"""One file with the marts of all cycles, from the build file and the last publication."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration.publication import MART_SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Collection

FORMAT: dict[str, str | bool | int | float | list[str]] = {"storage_compatibility_version": "v1.0.0"}
"""Files are published in the format that every DuckDB from 1.0 on reads, whatever client an analyst has."""
IS_REFRESHED = "cycle = $cycle"
IS_REFRESHED_PAIR = (
    "(cycle = $cycle and list_contains($whole, previous_cycle)) or (previous_cycle = $cycle and list_contains($whole, cycle))"
)
"""A row that compares two cycles belongs to both, so it comes from the build file if either was refreshed. But it may not
bring along what a failed refresh of the other one left there."""


def assemble(build: Path, published: Path | None, target: Path, cycle: str, cycles: Collection[str]) -> dict[str, int]:
    """Write the file with everything: the refreshed cycle's rows from the build file, those of others as last published.

    So a refresh of another cycle that failed halfway never shows. Rows are in the order of their columns: the same marts
    give the same table.

    Args:
        build: the private file that refreshes write, or an earlier publication whose rows are brought back.
        published: the file that was published last; None if there is none.
        target: the file to write; it must not be there yet.
        cycle: that was refreshed.
        cycles: that still are; rows of others are left out.

    Returns:
        rows of the cycle by table, as `schema.table`.
    """
    counts: dict[str, int] = {}
    with duckdb.connect(str(target), config=FORMAT) as connection:
        connection.execute(f"attach '{quoted(build)}' as build (read_only)")
        if published is not None:
            connection.execute(f"attach '{quoted(published)}' as published (read_only)")
        marts = mart_columns(connection, "build")
        before = {} if published is None else mart_columns(connection, "published")
        whole = _whole_cycles(connection, is_first=("reference", "publication") not in before)
        for name, columns in marts.items():
            schema, table = name
            connection.execute(f'create schema if not exists "{schema}"')
            names = [column for column, _ in columns]
            listed = ", ".join(f'"{column}"' for column in names)
            is_refreshed, parameters = IS_REFRESHED, {"cycle": cycle, "cycles": sorted(cycles)}
            is_kept = "list_contains($cycles, cycle)"
            if "previous_cycle" in names:
                is_refreshed, parameters = IS_REFRESHED_PAIR, parameters | {"whole": [*whole, cycle]}
                is_kept += " and list_contains($cycles, previous_cycle)"
            others = f'select {listed} from build."{schema}"."{table}" where not ({is_refreshed}) and {is_kept}'
            if name in before:
                # a column that an earlier version did not have yet is null in what it published
                had = {column for column, _ in before[name]}
                kept = ", ".join(f'"{column}"' if column in had else f'null as "{column}"' for column in names)
                others = f'select {kept} from published."{schema}"."{table}" where not ({is_refreshed}) and {is_kept}'
            connection.execute(
                f'create table "{schema}"."{table}" as select {listed} from build."{schema}"."{table}" '
                f"where ({is_refreshed}) and {is_kept} union all {others} order by all",
                parameters,
            )
            row = connection.execute(f'select count(*) from "{schema}"."{table}" where cycle = ?', [cycle]).fetchone()
            counts[f"{schema}.{table}"] = row[0] if row else 0
        copy_comments(connection, "build")
        connection.execute("checkpoint")
    return counts


def _whole_cycles(connection: duckdb.DuckDBPyConnection, *, is_first: bool) -> list[str]:
    """The cycles that stand in the build file as they were last published; before the first publication all of them."""
    loads = (
        "build.raw.loads" if _has_raw(connection) else "(select *, refreshed_at as loaded_at from build.reference.publication)"
    )
    rows = connection.execute(
        f"select cycle from {loads}"
        if is_first
        else f"select loads.cycle from {loads} as loads inner join published.reference.publication as publication "
        "on loads.cycle = publication.cycle and loads.loaded_at = publication.refreshed_at"
    ).fetchall()
    return [cycle for (cycle,) in rows]


def _has_raw(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the source is a build file; a publication has no raw tables, and nothing half done in it."""
    query = "select 1 from duckdb_tables() where database_name = 'build' and schema_name = 'raw' and table_name = 'loads'"
    return connection.execute(query).fetchone() is not None


def mart_columns(
    connection: duckdb.DuckDBPyConnection, database: str | None = None
) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """The marts of an attached database, or of the one at hand: by schema and table the columns with types, in their order."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    rows = connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where database_name = coalesce($database, current_database()) and list_contains($schemas, schema_name) "
        "order by schema_name, table_name, column_index",
        {"database": database, "schemas": list(MART_SCHEMAS)},
    ).fetchall()
    for schema, table, column, type_ in rows:
        found.setdefault((schema, table), []).append((column, type_))
    return found


def copy_comments(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Copy the comments of an attached database's marts to the tables of the same names here."""
    here = mart_columns(connection)
    of_marts = "database_name = $database and comment is not null and list_contains($schemas, schema_name)"
    parameters = {"database": database, "schemas": list(MART_SCHEMAS)}
    statements = []
    for schema, table, comment in connection.execute(
        f"select schema_name, table_name, comment from duckdb_tables() where {of_marts}", parameters
    ).fetchall():
        if (schema, table) in here:
            statements.append(f'comment on table "{schema}"."{table}" is \'{quoted(comment)}\'')
    for schema, table, column, comment in connection.execute(
        f"select schema_name, table_name, column_name, comment from duckdb_columns() where {of_marts}", parameters
    ).fetchall():
        if (schema, table) in here:
            statements.append(f'comment on column "{schema}"."{table}"."{column}" is \'{quoted(comment)}\'')
    connection.begin()
    connection.execute(";\n".join(statements))
    connection.commit()


def quoted(text: object) -> str:
    """Text as it stands between the quotes of an SQL literal."""
    return str(text).replace("'", "''")
