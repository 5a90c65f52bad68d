"""What changed between two publications, figure by figure, and what caused it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.publication.join import columns_of
from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.warehouse.marts import Mart, Marts

CAUSES = ("reference.publication", "lineage.submissions", "lineage.answers", "lineage.rejections")
"""Tables that tell of the causes, and are not compared as figures."""
SAME = 1e-12
"""Relative difference up to which two figures are the same but for rounding."""


@dataclass(frozen=True)
class Change:
    """A figure that changed.

    Attributes:
        table: as `schema.table`.
        key: what the row is about, by column.
        column: of the figure; None where the whole row came or went.
        before: the figure before; None where it was null or the row was not there.
        after: the figure after.
    """

    table: str
    key: dict[str, Any]
    column: str | None
    before: Any
    after: Any


@dataclass(frozen=True)
class Cause:
    """A submission that came, went or changed its state, or another input that is not what it was.

    Attributes:
        what: `submission`, `framework`, `cycle` (roster or cycle.toml) or `code`.
        cycle: whose input it is.
        member: whose submission it is; None for other inputs.
        file: the submission's; None for other inputs.
        before: its state, or the hash or version, before; None where it was not there.
        after: the same after.
    """

    what: str
    cycle: str
    member: str | None
    file: str | None
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Difference:
    """All that changed between two publications."""

    changes: tuple[Change, ...]
    causes: tuple[Cause, ...]


def compare(before: Path, after: Path, marts: Marts) -> Difference:
    """Compare two files of one audience.

    Args:
        before: the earlier publication's file.
        after: the later one's.
        marts: what the tables are, and which columns say what a row is about.
    """
    with attached(before=before, after=after) as connection:
        then, now = columns_of(connection, "before"), columns_of(connection, "after")
        changes: list[Change] = []
        for name, mart in marts.items():
            if name in now and name not in CAUSES:
                changes += _changes(connection, mart, now[name], then.get(name, {}))
        return Difference(tuple(changes), tuple(_causes(connection, has_lineage="lineage.submissions" in now)))


def _changes(connection: duckdb.DuckDBPyConnection, mart: Mart, now: dict[str, str], then: dict[str, str]) -> list[Change]:
    keys = [key for key in mart.keys if key in now and (not then or key in then)]
    figures = [column for column in now if column not in keys and column in then]
    rows_after = f"after.{mart.quoted}"
    rows_before = f"before.{mart.quoted}" if then else f"(from {rows_after} where false)"
    matched = " and ".join(f'a."{k}" is not distinct from b."{k}"' for k in keys)
    listed = ", ".join(f'coalesce(a."{k}", b."{k}")' for k in keys)
    whole = connection.execute(
        f"select {listed}, b.cycle is null from {rows_after} as a full join {rows_before} as b on {matched} "
        "where a.cycle is null or b.cycle is null order by all"
    ).fetchall()
    found = []
    for *key, is_new in whole:
        before, after = (None, "row") if is_new else ("row", None)
        found.append(Change(mart.full_name, dict(zip(keys, key, strict=True)), None, before, after))
    for column in figures:
        differs = f'a."{column}" is distinct from b."{column}"'
        if now[column] == "DOUBLE":
            largest = f'greatest(abs(a."{column}"), abs(b."{column}"))'
            differs += f' and not coalesce(abs(a."{column}" - b."{column}") <= {SAME} * {largest}, false)'
        rows = connection.execute(
            f'select {listed}, b."{column}", a."{column}" from {rows_after} as a inner join {rows_before} as b on {matched} '
            f"where {differs} order by all"
        ).fetchall()
        found += [Change(mart.full_name, dict(zip(keys, row[:-2], strict=True)), column, row[-2], row[-1]) for row in rows]
    return found


def _causes(connection: duckdb.DuckDBPyConnection, *, has_lineage: bool) -> list[Cause]:
    found = []
    for what, column in (("code", "code_version"), ("framework", "framework_sha256"), ("cycle", "cycle_sha256")):
        rows = connection.execute(
            f"select coalesce(a.cycle, b.cycle), b.{column}, a.{column} from after.reference.publication as a "
            f"full join before.reference.publication as b using (cycle) where a.{column} is distinct from b.{column} order by 1"
        ).fetchall()
        found += [Cause(what, cycle, None, None, before, after) for cycle, before, after in rows]
    if has_lineage:
        rows = connection.execute(
            "select coalesce(a.cycle, b.cycle), coalesce(a.member, b.member), coalesce(a.file, b.file), b.state, a.state "
            "from after.lineage.submissions as a full join before.lineage.submissions as b "
            "on a.cycle = b.cycle and a.submission = b.submission and a.sha256 = b.sha256 "
            "where a.state is distinct from b.state order by all"
        ).fetchall()
        found += [Cause("submission", *row) for row in rows]
    return found
