"""Files as if they had some cycles only: what a refresh touches is looked at among few cycles, however many are stored.

A cycle is compared with few others (policy `compared_cycles`), and what is shown of it depends on its own rows and on these.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication.join import Unwritten, columns_of
from orchestration.warehouse.held import attached
from orchestration.warehouse.sql import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import duckdb

Pairs = frozenset[tuple[str, str]]
"""Cycles that are compared: the later and the earlier one."""
LINK = "previous_cycle"
"""The column of tables whose rows are of two cycles."""
LINEAGE = "lineage."
"""Most of the rows, of which no figure is made."""


def pairs_of(internal: Path | Unwritten) -> Pairs:
    """The cycles that a publication compares."""
    with attached_narrowed(None, internal=internal) as connection:
        found = connection.execute(f"select distinct cycle, {LINK} from internal.aggregate.kpi_trends").fetchall()
    return frozenset((later, earlier) for later, earlier in found)


def with_compared(cycles: Iterable[str], pairs: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Cycles, and those that they are compared with."""
    some = frozenset(cycles)
    return some.union(*(pair for pair in pairs if some.intersection(pair)))


@contextmanager
def attached_narrowed(cycles: Collection[str] | None, **files: Path | Unwritten) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with files attached for reading, each as if it had some cycles only, and no lineage.

    Rows of two cycles are there where both are among them, rows of no cycle in any case, and those that belong to a subject
    of another table of the file where that is of one of them.

    Args:
        cycles: which; None for the files as they are.
        files: by the name under which each is attached; a file that is not written yet stands for what it will have.
    """
    names = {name: name if cycles is None else f"whole_{name}" for name in files}
    paths = {names[name]: file for name, file in files.items() if isinstance(file, Path)}
    unwritten = {names[name]: file for name, file in files.items() if isinstance(file, Unwritten)}
    for file in unwritten.values():
        paths |= file.files
    with attached(**paths) as connection:
        for name, file in unwritten.items():
            file.create_views(connection, name)
        if cycles is None:
            yield connection
            return
        statements = []
        for name in files:
            statements.append(f"attach ':memory:' as {name}")
            for table, columns in columns_of(connection, f"whole_{name}").items():
                if not table.startswith(LINEAGE):
                    statements += _view(name, table, columns, sorted(cycles))
        connection.execute(";\n".join(statements))
        yield connection


def _view(name: str, table: str, columns: Collection[str], cycles: Sequence[str]) -> list[str]:
    schema, _, own = table.partition(".")
    some = f"({', '.join(map(literal, cycles))})" if cycles else "(null)"
    linked = [f"({column} is null or {column} in {some})" for column in ("cycle", LINK) if column in columns]
    if not linked and "number" in columns:
        linked = [f"number in (select number from whole_{name}.main.subjects where cycle in {some})"]
    where = f"where {' and '.join(linked)}" if linked else ""
    return [
        f'create schema if not exists {name}."{schema}"',
        f'create view {name}."{schema}"."{own}" as from whole_{name}."{schema}"."{own}" {where}',
    ]
