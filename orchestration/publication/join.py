"""The marts of all cycles in one file: the refreshed cycle's from its build, the others as last published."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, permutations
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration.publication.views import create_views
from orchestration.warehouse.held import Config, attached
from orchestration.warehouse.sql import literal

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from orchestration.warehouse.marts import Mart, Marts

FORMAT: Config = {"storage_compatibility_version": "v1.0.0"}
"""The oldest format there is, so that analysts may have other clients; tables with keys are read by every DuckDB from 1.1 on."""
PAIRS = "publication.joined"
"""Every two cycles that are joined, and whether the last publication's trends of them are taken: dbt's source of that name."""
COMPARED = "intermediate.int_cycle_pairs"
"""The model that says which of them are compared."""


@dataclass(frozen=True)
class Sources:
    """Where the rows come from.

    Attributes:
        cycle: whose rows are new.
        file: with its marts: the cycle's build, or an earlier publication whose rows are brought back.
        published: the file that was published last; None if there is none.
        others: the other cycles, whose rows are taken as last published.
    """

    cycle: str
    file: Path
    published: Path | None
    others: tuple[str, ...]

    @property
    def published_as(self) -> str:
        """The name under which what was published is attached; a publication may be brought back from itself."""
        return "source" if self.published == self.file else "published"

    @property
    def files(self) -> dict[str, Path]:
        """By the name under which each is attached."""
        return {"source": self.file} | ({} if self.published is None else {self.published_as: self.published})

    @property
    def places(self) -> dict[str, str]:
        """By cycle the name of the file that its rows come from."""
        return dict.fromkeys(self.others, self.published_as) | {self.cycle: "source"}


@dataclass(frozen=True)
class Unwritten:
    """What `join_rows` and `join_across` write, before it is written: views over the files that it is written from.

    Attributes:
        sources: where the rows come from.
        compared: the file of `join_compared`, with what compares the cycle with others.
        marts: what the tables and their columns are.
    """

    sources: Sources
    compared: Path
    marts: Marts

    @property
    def files(self) -> dict[str, Path]:
        """By the name under which each is attached."""
        return self.sources.files | {"compared": self.compared}

    def create_views(self, connection: duckdb.DuckDBPyConnection, database: str) -> None:
        """Make a database of views of a connection that has the files attached."""
        tables = _Tables(connection, self.sources.places)
        statements = [f"attach ':memory:' as {database}"]
        statements += [f'create schema {database}."{schema}"' for schema in sorted({mart.schema for mart in self.marts.values()})]
        for mart in self.marts.values():
            if mart.is_across_cycles:
                rows = tables.rows_across(mart, self.sources.published_as)
            else:
                # no file may have it where all are of an earlier version
                rows = " union all ".join(rows for _, rows, _ in tables.parts(mart)) or _no_rows(mart)
            statements.append(f"create view {database}.{mart.quoted} as {rows}")
        connection.execute(";\n".join(statements))


@contextmanager
def writing(target: Path, **files: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that writes a file of a publication in one transaction: a statement by itself waits for the disk.

    Args:
        target: the file to write, which nobody else opens.
        files: to read, by the name under which each is attached.
    """
    with attached(target, FORMAT, **files) as connection:
        # Rows are inserted in their order, which takes longer with more threads. Of the ways to compress text, FSST is left
        # out: to try it takes a fifth of the time, and a dictionary is smaller for every column here. (In the connection's
        # configuration it is not left out everywhere.)
        connection.execute("set threads = 1; set disabled_compression_methods = 'fsst'")
        connection.begin()
        yield connection
        connection.commit()
        connection.execute("checkpoint")


def join_compared(sources: Sources, target: Path, marts: Marts) -> dict[str, int]:
    """Write the marts that dbt reads to compare cycles, of all cycles; what compares them is built in that file.

    Args:
        sources: where the rows come from.
        target: the file to write; it must not be there yet.
        marts: what the tables and their columns are.

    Returns:
        rows of the cycle by table.
    """
    with writing(target, **sources.files) as connection:
        tables = _Tables(connection, sources.places)
        counts = {mart.full_name: tables.join(mart, sources.cycle) for mart in marts.values() if mart.is_compared}
        published = tables.pairs(marts, sources.published_as)
        known = {pair for pair in published if sources.cycle not in pair}
        write_pairs(connection, permutations([*sources.others, sources.cycle], 2), known)
    return counts


def join_rows(sources: Sources, target: Path, marts: Marts) -> None:
    """Write the marts of all cycles that compare none, each table in the order of its columns.

    Args:
        sources: where the rows come from.
        target: the file to write; it must not be there yet.
        marts: what the tables and their columns are.
    """
    _write_rows(target, sources.files, sources.places, marts, is_published=True)


def join_across(sources: Sources, compared: Path, target: Path, marts: Marts) -> None:
    """Add the marts that compare cycles, and the views of all.

    Args:
        sources: where the rows come from.
        compared: the file of `join_compared`, with what compares the cycle with others.
        target: the file of `join_rows`.
        marts: what the tables and their columns are.
    """
    with writing(target, **sources.files, compared=compared) as connection:
        tables = _Tables(connection, sources.places, is_published=True)
        for mart in marts.values():
            if mart.is_across_cycles:
                tables.join_across(mart, sources.published_as)
        create_views(connection, marts)


def join_files(files: Mapping[str, Path], target: Path, marts: Marts) -> None:
    """Write the marts of cycles that stand in files of their own; what compares them is left out.

    Args:
        files: by cycle.
        target: the file to write; it must not be there yet.
        marts: what the tables and their columns are.
    """
    names = {cycle: f"file{number}" for number, cycle in enumerate(sorted(files))}
    _write_rows(target, {names[cycle]: path for cycle, path in files.items()}, names, marts, is_published=False)


def _write_rows(target: Path, files: Mapping[str, Path], places: Mapping[str, str], marts: Marts, *, is_published: bool) -> None:
    """Write the marts that compare no cycles from attached files; see `_Tables`."""
    with writing(target, **files) as connection:
        tables = _Tables(connection, places, is_published=is_published)
        for mart in marts.values():
            if not mart.is_across_cycles:
                tables.join(mart)


def has_cycle(file: Path, cycle: str) -> bool:
    """Whether a file can be read and shows a cycle."""
    try:
        with attached(None, None, file=file) as connection:
            row = connection.execute("select count(*) from file.reference.cycles where cycle = ?", [cycle]).fetchone()
    except (duckdb.Error, OSError):
        return False
    return row is not None and row[0] > 0


def write_pairs(
    connection: duckdb.DuckDBPyConnection, pairs: Iterable[tuple[str, str]], published: Container[tuple[str, str]]
) -> None:
    """Write which cycles are joined, each with each other, and of which the trends are taken from the last publication."""
    connection.execute("create schema if not exists publication")
    connection.execute(f"create table {PAIRS} (cycle varchar, previous_cycle varchar, is_published boolean)")
    rows = [[*pair, pair in published] for pair in sorted(pairs)]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    connection.execute(f"insert into {PAIRS} select unnest(?), unnest(?), unnest(?)", columns)


class _Tables:
    """The tables of a file that is being written, from attached files.

    Args:
        connection: with the files attached.
        places: by cycle the name of the file that its rows come from.
        is_published: whether the file is for readers, and says which columns are keys and which are never null.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, places: Mapping[str, str], *, is_published: bool = False) -> None:
        self.connection = connection
        self.places = places
        self.is_published = is_published
        names = connection.execute("select database_name from duckdb_databases() where not internal").fetchall()
        self.columns = {name: columns_of(connection, name) for (name,) in names}

    def join(self, mart: Mart, counted: str | None = None) -> int:
        """Make a table with the rows of all cycles; returns how many one of them has."""
        parts = self.parts(mart, counted)
        key = self._create(mart, " union all ".join(rows for _, rows, _ in parts))
        n_rows = 0
        for place, rows, is_counted in parts:
            # what was published is stored in the order of the table
            order = "" if place == "published" else mart.order
            row = self.connection.execute(f"insert into {mart.quoted} {rows} {order}").fetchone()
            n_rows += int(row[0]) if is_counted and row is not None else 0
        self.connection.execute(key)
        return n_rows

    def parts(self, mart: Mart, counted: str | None = None) -> list[tuple[str, str, bool]]:
        """The rows of all cycles: name of a file, query of cycles' rows in it, and whether they are those that are counted."""
        # the cycle is every table's first column, so that cycle after cycle is the order of the columns
        return [
            (place, self._select(mart, place, list(cycles)), is_counted)
            for (place, is_counted), cycles in groupby(sorted(self.places), lambda cycle: (self.places[cycle], cycle == counted))
            if mart.full_name in self.columns.get(place, {})
        ]

    def rows_across(self, mart: Mart, published: str) -> str:
        """The rows of a table that compares cycles: pairs as built, and as last published where they are still compared."""
        rows = self._select(mart, "compared")
        if mart.full_name in self.columns.get(published, {}):
            pairs = f"(from compared.{COMPARED} where is_published) as pairs"
            rows += f" union all {self._select(mart, published)} semi join {pairs} using (cycle, previous_cycle)"
        return rows

    def join_across(self, mart: Mart, published: str) -> None:
        """Make a table that compares cycles."""
        rows = self.rows_across(mart, published)
        key = self._create(mart, rows)
        self.connection.execute(f"insert into {mart.quoted} {rows} {mart.order}; {key}")

    def pairs(self, marts: Marts, published: str) -> set[tuple[str, str]]:
        """The pairs of cycles that a publication compares."""
        found: list[set[tuple[str, str]]] = []
        for mart in marts.values():
            if mart.is_across_cycles:
                is_there = mart.full_name in self.columns.get(published, {})
                query = f"select distinct cycle, previous_cycle from {published}.{mart.quoted}"
                found.append(set(self.connection.execute(query).fetchall()) if is_there else set())
        return set.intersection(*found) if found else set()

    def _create(self, mart: Mart, rows: str) -> str:
        """Make a mart's table, empty, for the rows of a query; returns what declares its key."""
        return create_table(self.connection, mart, list(mart.columns), rows if self.is_published else "")

    def _select(self, mart: Mart, database: str, cycles: list[str] | None = None) -> str:
        """The rows of a database; a column that an earlier version did not have yet is null in what it published."""
        there = self.columns[database][mart.full_name]
        listed = ", ".join(f'"{c.name}"' if c.name in there else f'null::{c.type} as "{c.name}"' for c in mart.columns.values())
        where = "" if cycles is None else f" where cycle in ({', '.join(map(literal, cycles))})"
        return f"select {listed} from {database}.{mart.quoted}{where}"


def create_table(connection: duckdb.DuckDBPyConnection, mart: Mart, columns: list[str], rows: str = "") -> str:
    """Make a mart's table with some of its columns, empty and described.

    Args:
        connection: to the file.
        mart: what the table and its columns are.
        columns: those that it has.
        rows: the query of the rows that it will have, so that it says which of them are keys and which are never null: as
            declared, where it is so. What earlier code published may lack a column, and what is withheld is null.

    Returns:
        the statement that declares its primary key, to be run when the rows are there: an index that is made of all of them takes
        two thirds of the time of one that is kept row by row. No statement where there is no key.
    """
    required = _never_null(connection, mart, columns, rows) if rows else []
    listed = [f'"{name}" {mart.columns[name].type}{" not null" if name in required else ""}' for name in columns]
    statements = [f'create schema if not exists "{mart.schema}"', f"create table {mart.quoted} ({', '.join(listed)})"]
    statements.append(f"comment on table {mart.quoted} is {literal(mart.description)}")
    statements += [f'comment on column {mart.quoted}."{name}" is {literal(mart.columns[name].description)}' for name in columns]
    connection.execute(";\n".join(statements))
    is_keyed = mart.primary_key and set(mart.primary_key) <= set(required)
    return f"alter table {mart.quoted} add primary key ({', '.join(mart.primary_key)})" if is_keyed else ""


def _never_null(connection: duckdb.DuckDBPyConnection, mart: Mart, columns: list[str], rows: str) -> list[str]:
    """The columns that are declared to be never null, and are not in the rows of a query."""
    declared = [name for name in columns if mart.columns[name].is_required]
    if not declared:
        return []
    counts = ", ".join(f'count(*) = count("{name}")' for name in declared)
    (found,) = connection.execute(f"select {counts} from ({rows})").fetchall()
    return [name for name, is_never_null in zip(declared, found, strict=True) if is_never_null]


def _no_rows(mart: Mart) -> str:
    """A query of a mart's columns without a row."""
    return "select " + ", ".join(f'null::{column.type} as "{name}"' for name, column in mart.columns.items()) + " where false"


def columns_of(connection: duckdb.DuckDBPyConnection, database: str | None = None) -> dict[str, dict[str, str]]:
    """The tables of an attached database, or of the one at hand: by `schema.table` the types of its columns, in their order.

    A narrowed file has views in the place of tables (`narrowed.py`); those in the schema `main` show what stands in tables.
    """
    found: dict[str, dict[str, str]] = {}
    rows = connection.execute(
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() "
        "anti join (select database_name, schema_name, view_name as table_name from duckdb_views() where schema_name = 'main') "
        "using (database_name, schema_name, table_name) "
        "where database_name = coalesce(?, current_database()) and not internal order by schema_name, table_name, column_index",
        [database],
    ).fetchall()
    for table, column, type_ in rows:
        found.setdefault(table, {})[column] = type_
    return found
