"""Files as if they had some cycles only: what a refresh touches is looked at among few cycles, however many are stored.

A cycle is compared with few others (policy `compared_cycles`), and what is shown of it depends on its own rows and on these.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from orchestration.publication.join import columns_of
from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    import duckdb

Pairs = frozenset[tuple[str, str]]
"""Cycles that are compared: the later and the earlier one."""
LINK = "previous_cycle"
"""The column of tables whose rows are of two cycles."""
LINEAGE = "lineage."
"""Most of the rows, of which no figure is made."""


def pairs_of(internal: Path) -> Pairs:
    """The cycles that a publication compares."""
    with attached(internal=internal) as connection:
        found = connection.execute(f"select distinct cycle, {LINK} from internal.aggregate.kpi_trends").fetchall()
    return frozenset((later, earlier) for later, earlier in found)


def with_compared(cycles: Iterable[str], pairs: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Cycles, and those that they are compared with."""
    some = frozenset(cycles)
    return some.union(*(pair for pair in pairs if some.intersection(pair)))


@contextmanager
def attached_narrowed(cycles: Collection[str] | None, **files: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with files attached for reading, each as if it had some cycles only, and no lineage.

    Rows of two cycles are there where both are among them, rows of no cycle in any case, and those that belong to a subject
    of another table of the file where that is of one of them.

    Args:
        cycles: which; None for the files as they are.
        files: by the name under which each is attached.
    """
    if cycles is None:
        with attached(**files) as connection:
            yield connection
        return
    with attached(**{f"whole_{name}": path for name, path in files.items()}) as connection:
        connection.execute("create temp table kept_cycles as select unnest(?::varchar[]) as cycle", [sorted(cycles)])
        for name in files:
            connection.execute(f"attach ':memory:' as {name}")
            for table, columns in columns_of(connection, f"whole_{name}").items():
                if not table.startswith(LINEAGE):
                    _copy(connection, name, table, columns)
        yield connection


def _copy(connection: duckdb.DuckDBPyConnection, name: str, table: str, columns: Collection[str]) -> None:
    schema, _, own = table.partition(".")
    linked = [f"({of} is null or {of} in (from kept_cycles))" for of in ("cycle", LINK) if of in columns]
    if not linked and "number" in columns:
        linked = [f"number in (select number from whole_{name}.main.subjects where cycle in (from kept_cycles))"]
    where = f"where {' and '.join(linked)}" if linked else ""
    connection.execute(
        f'create schema if not exists {name}."{schema}"; '
        f'create table {name}."{schema}"."{own}" as from whole_{name}."{schema}"."{own}" {where}'
    )
