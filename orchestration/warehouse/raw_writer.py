"""Writes raw tables into a build file."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import duckdb

from orchestration.warehouse.raw_schema import RAW_TABLES, docs
from orchestration.warehouse.sql import literal

if TYPE_CHECKING:
    import pyarrow as pa

SQL_TYPES = {
    "string": "varchar",
    "double": "double",
    "int64": "bigint",
    "bool": "boolean",
    "date32[day]": "date",
    "timestamp[us]": "timestamp",
}


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the raw tables, empty and described, where they are not there yet."""
    statements = ["create schema if not exists raw"]
    for name, table in RAW_TABLES.items():
        columns = ", ".join(f'"{column.name}" {SQL_TYPES[str(column.type)]}' for column in table.columns)
        statements.append(f'create table if not exists raw."{name}" ({columns})')
        statements.append(f'comment on table raw."{name}" is {literal(table.description)}')
        statements += [
            f'comment on column raw."{name}"."{column.name}" is {literal(docs()[column.doc])}' for column in table.columns
        ]
    connection.begin()  # one transaction: a statement by itself waits for the disk
    connection.execute(";\n".join(statements))
    connection.commit()


def write_raw_tables(connection: duckdb.DuckDBPyConnection, cycle: str, tables: dict[str, pa.Table]) -> None:
    """Write a cycle's rows, in place of what the tables hold of it; all tables or none.

    Args:
        connection: of the build file, with its raw tables.
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
        # where the disk is full, DuckDB has ended the transaction itself
        with contextlib.suppress(duckdb.TransactionException):
            connection.rollback()
        raise
