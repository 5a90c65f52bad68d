"""One file with the marts of all cycles: the refreshed cycle's from its build, the others as last published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration.warehouse.held import Config, attached
from orchestration.warehouse.sql import literal

if TYPE_CHECKING:
    from collections.abc import Collection

    from orchestration.warehouse.marts import Mart, Marts

FORMAT: Config = {"storage_compatibility_version": "v1.0.0"}
"""Files are published in the format that every DuckDB from 1.0 on reads, whatever client an analyst has."""


def join(source: Path, published: Path | None, target: Path, cycle: str, cycles: Collection[str], marts: Marts) -> dict[str, int]:
    """Write the marts of all cycles, each table in the order of its columns; what compares cycles is built in it afterwards.

    Args:
        source: the cycle's build file, or an earlier publication whose rows are brought back.
        published: the file that was published last; None if there is none.
        target: the file to write; it must not be there yet.
        cycle: whose rows are taken from the source.
        cycles: those that there still are; rows of others are left out.
        marts: what the tables and their columns are.

    Returns:
        rows of the cycle by table.
    """
    others = sorted(set(cycles) - {cycle})
    counts: dict[str, int] = {}
    # the publication that is brought back may be the last one itself: DuckDB attaches a file once
    files = {"source": source}
    if published is not None and published != source:
        files["published"] = published
    with attached(target, FORMAT, **files) as connection:
        databases = {file: (name, columns_of(connection, name)) for name, file in files.items()}
        connection.begin()  # one transaction: a statement by itself waits for the disk
        for mart in marts.values():
            if mart.is_across_cycles:
                continue
            create_table(connection, mart, list(mart.columns))
            # the cycle is every table's first column, so that cycle after cycle is the order of the columns
            if published is not None:
                _insert(connection, mart, *databases[published], [c for c in others if c < cycle])
            counts[mart.full_name] = _insert(connection, mart, *databases[source], [cycle], "order by all")
            if published is not None:
                _insert(connection, mart, *databases[published], [c for c in others if c > cycle])
        connection.commit()
        connection.execute("checkpoint")
    return counts


def create_table(connection: duckdb.DuckDBPyConnection, mart: Mart, columns: list[str]) -> None:
    """Make a mart's table with some of its columns, empty and described."""
    listed = ", ".join(f'"{name}" {mart.columns[name].type}' for name in columns)
    statements = [f'create schema if not exists "{mart.schema}"', f"create table {mart.quoted} ({listed})"]
    statements.append(f"comment on table {mart.quoted} is {literal(mart.description)}")
    statements += [f'comment on column {mart.quoted}."{name}" is {literal(mart.columns[name].description)}' for name in columns]
    connection.execute(";\n".join(statements))


def _insert(
    connection: duckdb.DuckDBPyConnection,
    mart: Mart,
    database: str,
    columns: dict[str, dict[str, str]],
    cycles: list[str],
    order: str = "",
) -> int:
    """Insert the rows of some cycles in the order in which they are stored, or are asked for; returns how many."""
    there = columns.get(mart.full_name)
    if there is None or not cycles:
        return 0
    # a column that an earlier version did not have yet is null in what it published
    listed = ", ".join(f'"{c.name}"' if c.name in there else f'null::{c.type} as "{c.name}"' for c in mart.columns.values())
    row = connection.execute(
        f"insert into {mart.quoted} select {listed} from {database}.{mart.quoted} where list_contains($cycles, cycle) {order}",
        {"cycles": cycles},
    ).fetchone()
    return 0 if row is None else int(row[0])


def columns_of(connection: duckdb.DuckDBPyConnection, database: str | None = None) -> dict[str, dict[str, str]]:
    """The tables of an attached database, or of the one at hand: by `schema.table` the types of its columns, in their order."""
    found: dict[str, dict[str, str]] = {}
    rows = connection.execute(
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() "
        "where database_name = coalesce(?, current_database()) and not internal order by schema_name, table_name, column_index",
        [database],
    ).fetchall()
    for table, column, type_ in rows:
        found.setdefault(table, {})[column] = type_
    return found
