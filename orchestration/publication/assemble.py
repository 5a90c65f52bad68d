"""One file with the marts of all cycles: what analysts open is a file of its own, replaced as a whole by one rename."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration.publication import MART_SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Collection

IS_REFRESHED = "cycle = $cycle"
IS_REFRESHED_PAIR = (
    "(cycle = $cycle and list_contains($whole, previous_cycle)) or (previous_cycle = $cycle and list_contains($whole, cycle))"
)
"""A row that compares two cycles belongs to both, so it comes from the build file if either was refreshed. But it may not
bring along what a failed refresh of the other one left there."""


def publish(build: Path, target: Path, cycle: str, cycles: Collection[str]) -> dict[str, int]:
    """Publish one refreshed cycle: its rows come from the build file, those of other cycles from the last publication.

    So a refresh of another cycle that failed halfway never shows. Readers that have the old file open keep it; whoever
    opens it after the rename sees the new one. Rows are in the order of their columns: the same marts give the same table.

    Args:
        build: the private file that refreshes write.
        target: the published file, which need not be there yet.
        cycle: that was refreshed.
        cycles: that still are; rows of others are left out.

    Returns:
        rows of the cycle by table, as `schema.table`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for stale in target.parent.glob(f".{target.name}.*"):
        stale.unlink()
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    counts: dict[str, int] = {}
    with duckdb.connect(str(temporary)) as connection:
        connection.execute(f"attach '{quoted(build)}' as build (read_only)")
        if target.exists():
            connection.execute(f"attach '{quoted(target)}' as published (read_only)")
        marts = _columns(connection, "build")
        before = _columns(connection, "published") if target.exists() else {}
        whole = _whole_cycles(connection, is_first=("reference", "publication") not in before)
        for name, columns in marts.items():
            schema, table = name
            connection.execute(f'create schema if not exists "{schema}"')
            others = "published" if before.get(name) == columns else "build"
            listed = ", ".join(f'"{column}"' for column, _ in columns)
            names = [column for column, _ in columns]
            is_refreshed, parameters = IS_REFRESHED, {"cycle": cycle, "cycles": sorted(cycles)}
            is_kept = "list_contains($cycles, cycle)"
            if "previous_cycle" in names:
                is_refreshed, parameters = IS_REFRESHED_PAIR, parameters | {"whole": [*whole, cycle]}
                is_kept += " and list_contains($cycles, previous_cycle)"
            connection.execute(
                f'create table "{schema}"."{table}" as '
                f'select {listed} from build."{schema}"."{table}" where ({is_refreshed}) and {is_kept} union all '
                f'select {listed} from {others}."{schema}"."{table}" where not ({is_refreshed}) and {is_kept} order by all',
                parameters,
            )
            row = connection.execute(f'select count(*) from "{schema}"."{table}" where cycle = ?', [cycle]).fetchone()
            counts[f"{schema}.{table}"] = row[0] if row else 0
        _copy_comments(connection)
        connection.execute("checkpoint")
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(target)
    return counts


def _whole_cycles(connection: duckdb.DuckDBPyConnection, *, is_first: bool) -> list[str]:
    """The cycles whose raw tables are those that were last published; before the first publication all of them."""
    rows = connection.execute(
        "select cycle from build.raw.loads"
        if is_first
        else "select loads.cycle from build.raw.loads as loads inner join published.reference.publication as publication "
        "on loads.cycle = publication.cycle and loads.loaded_at = publication.refreshed_at"
    ).fetchall()
    return [cycle for (cycle,) in rows]


def _columns(connection: duckdb.DuckDBPyConnection, database: str) -> dict[tuple[str, str], list[tuple[str, str]]]:
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    rows = connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where database_name = $database and list_contains($schemas, schema_name) "
        "order by schema_name, table_name, column_index",
        {"database": database, "schemas": list(MART_SCHEMAS)},
    ).fetchall()
    for schema, table, column, type_ in rows:
        found.setdefault((schema, table), []).append((column, type_))
    return found


def _copy_comments(connection: duckdb.DuckDBPyConnection) -> None:
    for schema, table, comment in connection.execute(
        "select schema_name, table_name, comment from duckdb_tables() "
        "where database_name = 'build' and comment is not null and list_contains($schemas, schema_name)",
        {"schemas": list(MART_SCHEMAS)},
    ).fetchall():
        connection.execute(f'comment on table "{schema}"."{table}" is \'{quoted(comment)}\'')
    for schema, table, column, comment in connection.execute(
        "select schema_name, table_name, column_name, comment from duckdb_columns() "
        "where database_name = 'build' and comment is not null and list_contains($schemas, schema_name)",
        {"schemas": list(MART_SCHEMAS)},
    ).fetchall():
        connection.execute(f'comment on column "{schema}"."{table}"."{column}" is \'{quoted(comment)}\'')


def quoted(text: object) -> str:
    """Text as it stands between the quotes of an SQL literal."""
    return str(text).replace("'", "''")
