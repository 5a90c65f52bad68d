"""Writes raw tables into the build file; only the given cycle's rows change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from orchestration.warehouse.raw_schema import RAW_TABLES

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import pyarrow as pa

SQL_TYPES = {
    "string": "varchar",
    "double": "double",
    "int64": "bigint",
    "bool": "boolean",
    "date32[day]": "date",
    "timestamp[us]": "timestamp",
}


def open_build(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the build file for writing, with the raw tables there, described and of today's columns.

    A raw table whose columns are those of an earlier version is made anew: raw tables only repeat files.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(path))
    connection.execute("create schema if not exists raw")
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "select table_name, column_name from duckdb_columns() where schema_name = 'raw' order by table_name, column_index"
    ).fetchall():
        found.setdefault(table, []).append(column)
    for table, schema in RAW_TABLES.items():
        if found.get(table) == schema.names:
            continue
        columns = ", ".join(f'"{f.name}" {SQL_TYPES[str(f.type)]}' for f in schema)
        connection.execute(f'create or replace table raw."{table}" ({columns})')
        for field in schema:
            comment = field.metadata[b"comment"].decode().replace("'", "''")
            connection.execute(f'comment on column raw."{table}"."{field.name}" is \'{comment}\'')
    return connection


def last_loaded(path: Path) -> str | None:
    """The cycle that the build file was last loaded with; None if there is none.

    Args:
        path: of the build file.
    """
    if not path.exists():
        return None
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute("select cycle from raw.loads where is_refreshing").fetchone()
    return None if row is None else str(row[0])


def drop_outdated(path: Path, columns: dict[str, set[str]]) -> list[str]:
    """Drop dbt's tables whose columns are those of an earlier version; dbt then makes them anew, for all loaded cycles.

    Args:
        path: of the build file.
        columns: by table, as `schema.table`, the columns that it has now.

    Returns:
        what was dropped.
    """
    dropped = []
    with duckdb.connect(str(path)) as connection:
        for name, found in connection.execute(
            "select schema_name || '.' || table_name as name, list(column_name) "
            "from duckdb_columns() where database_name = current_database() and not internal group by name"
        ).fetchall():
            if name in columns and set(found) != columns[name]:
                connection.execute(f"drop table {name}")
                dropped.append(name)
    return dropped


def replace_cycle(connection: duckdb.DuckDBPyConnection, cycle: str, tables: dict[str, pa.Table]) -> None:
    """Put a cycle's rows in place of those that the tables hold of it, all tables or none.

    Args:
        connection: of the build file, from `open_build`.
        cycle: whose rows these are.
        tables: raw tables by name, in the columns of `RAW_TABLES`.
    """
    connection.begin()
    try:
        for name, table in tables.items():
            connection.execute(f'delete from raw."{name}" where cycle = ?', [cycle])
            connection.register("incoming", table)
            connection.execute(f'insert into raw."{name}" by name select * from incoming')
            connection.unregister("incoming")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def mark_refreshing(connection: duckdb.DuckDBPyConnection, cycle: str, loaded_at: dt.datetime, identity: dict[str, str]) -> None:
    """Say that this cycle was loaded now, and that it alone is the one whose marts dbt rebuilds.

    Args:
        connection: of the build file.
        cycle: that was loaded.
        loaded_at: now, UTC.
        identity: code version and hashes of the inputs, from `inputs.identity`.
    """
    connection.begin()
    connection.execute("update raw.loads set is_refreshing = false")
    connection.execute("delete from raw.loads where cycle = ?", [cycle])
    row = {"cycle": cycle, "loaded_at": loaded_at, "is_refreshing": True, **identity}
    names = ", ".join(row)
    connection.execute(f"insert into raw.loads ({names}) values ({', '.join('?' * len(row))})", list(row.values()))
    connection.commit()
