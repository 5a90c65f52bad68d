"""What an audit saw of each cycle, in few characters: it stands in the certificate, so that a later audit need not look again.

Two files with the same fingerprint of a cycle have the same rows of it: as many, with the same sums of two 64-bit hashes.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.publication.audit.certificate import files_of, read_certificate
from orchestration.publication.join import columns_of
from orchestration.publication.narrowed import LINEAGE, pairs_of
from orchestration.publication.protection import proof
from orchestration.warehouse.held import attached
from orchestration.warehouse.sql import literal

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

    from orchestration.publication.kept import Publication

OF_THE_REFRESH = "reference.publication"
"""The table that says when and of what a cycle was made: it alone is another whenever a cycle is refreshed."""
OF_NO_CYCLE = ""
"""For rows that have no cycle."""
WORLDS = {"subjects": (), "changes": ("world", "member", "answer"), "earlier_changes": ("world", "member", "truth", "answer")}
"""The proof's tables and their columns that matter: numbers of subjects may be others from one publication to the next."""

ByFile = dict[str, dict[str, str]]
"""By name of a file and cycle a fingerprint."""


@dataclass(frozen=True)
class Seen:
    """What an audit saw.

    Attributes:
        figures: of all rows but lineage, which no protected audience has, and those of the refresh.
        refreshes: of these.
        compared: later and earlier cycles that are compared.
    """

    figures: ByFile
    refreshes: ByFile
    compared: tuple[tuple[str, str], ...]


def seen_in(publication: Publication) -> Seen:
    """What there is to see in the files of a publication."""
    figures, refreshes = {}, {}
    for path in files_of(publication):
        if not path.exists():
            continue  # the audit says so
        with attached(own=path) as connection:
            columns = columns_of(connection, "own")
            if path.name == proof.FILE:
                figures[path.name] = _of_queries(connection, _of_worlds(columns))
                continue
            queries = {table: _of_table(table, of) for table, of in columns.items() if not table.startswith(LINEAGE)}
            refresh = {table: queries.pop(table) for table in [OF_THE_REFRESH] if table in queries}
            figures[path.name], refreshes[path.name] = _of_queries(connection, queries), _of_queries(connection, refresh)
    return Seen(figures, refreshes, tuple(sorted(pairs_of(publication.file("internal")))))


def seen_by_audit(publication: Publication) -> Seen | None:
    """What the audit of a publication saw; None where its certificate does not say."""
    try:
        seen = (read_certificate(publication) or {})["seen"]
        return Seen(seen["figures"], seen["refreshes"], tuple((later, earlier) for later, earlier in seen["compared"]))
    except (OSError, ValueError, KeyError, TypeError):  # there is none, or it was written by hand
        return None


def other_cycles(now: ByFile, then: ByFile) -> set[str]:
    """The cycles of which some file has other rows, or has none."""
    names = now.keys() | then.keys()
    cycles = {cycle for files in (now, then) for of in files.values() for cycle in of}
    return {cycle for cycle in cycles if any(now.get(name, {}).get(cycle) != then.get(name, {}).get(cycle) for name in names)}


def _of_table(table: str, columns: dict[str, str]) -> str:
    schema, _, name = table.partition(".")
    listed = ", ".join(f'"{column}"' for column in sorted(columns))
    types = ", ".join(f"{column} {type_}" for column, type_ in sorted(columns.items()))
    cycle = "cycle" if "cycle" in columns else "null as cycle"
    return f'select {literal(types)} as what, {cycle}, {_sums(listed)} from own."{schema}"."{name}" group by all'


def _of_worlds(columns: Collection[str]) -> dict[str, str]:
    subject, queries = "audience, cycle, subject, measure", {}
    for table, listed in WORLDS.items():
        if f"main.{table}" in columns:
            joined = "" if table == "subjects" else f"inner join own.{table} using (number)"
            queries[table] = (
                f"select '' as what, cycle, {_sums(', '.join([subject, *listed]))} from own.subjects {joined} group by cycle"
            )
    return queries


def _sums(listed: str) -> str:
    # sums of hashes are the same in any order of rows
    return f"count(*) as n, sum(hash({listed})) as a, sum(hash('again', {listed})) as b"


def _of_queries(connection: duckdb.DuckDBPyConnection, queries: dict[str, str]) -> dict[str, str]:
    """By cycle a fingerprint of what queries give, by their names."""
    if not queries:
        return {}
    parts: dict[str, list[str]] = defaultdict(list)
    each = " union all ".join(f"(select cycle, {literal(name)}, * exclude (cycle) from ({one}))" for name, one in queries.items())
    for cycle, *row in connection.execute(f"from ({each}) order by all").fetchall():
        parts[cycle or OF_NO_CYCLE].append(json.dumps([str(part) for part in row]))
    return {cycle: hashlib.sha256("\n".join(rows).encode()).hexdigest() for cycle, rows in parts.items()}
