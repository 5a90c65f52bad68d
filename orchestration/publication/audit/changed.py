"""Which cycles are audited: all, but those of which nothing changed since an audit that found nothing.

That is not taken from what made the files. The rows of each file are compared with those of the last publication's, whose own
bytes are those that its audit saw. What follows from a cycle's rows depends on these and on the cycles that it is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.disclosure.audiences import PROTECTED
from orchestration.publication.audit.certificate import files_of, read_certificate, sha256
from orchestration.publication.join import columns_of
from orchestration.publication.narrowed import LINEAGE, pairs_of, with_compared
from orchestration.publication.protection import proof
from orchestration.warehouse.code_version import code_version
from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orchestration.publication.kept import Publication

WORLDS = {"changes": "world, member, answer", "earlier_changes": "world, member, truth, answer"}
"""The proof's worlds, whose numbers may be others from one publication to the next: the columns that matter."""


@dataclass(frozen=True)
class Looked:
    """What an audit looks at.

    Attributes:
        cycles: that are audited.
        near: these, and those that they are compared with; None for all.
        before: by audience and cycle, of those that are not audited, what the last audit tried.
    """

    cycles: frozenset[str]
    near: frozenset[str] | None = None
    before: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def looked_at(publication: Publication, last: Publication | None) -> Looked:
    """What the audit of a publication looks at.

    Args:
        publication: that is audited.
        last: the publication before it; None to look at everything.
    """
    cycles = frozenset(publication.record.cycles)
    before = {} if last is None else _audited(publication, last)
    if last is None or not before:
        return Looked(cycles)
    try:
        changed = cycles - frozenset.intersection(*map(frozenset, before.values())) | _changed(publication, last)
        pairs = pairs_of(publication.file("internal")) | pairs_of(last.file("internal"))
    except (duckdb.Error, OSError):
        return Looked(cycles)
    changed = changed.union(*(one.record.held.get(audience.name, {}) for one in (publication, last) for audience in PROTECTED))
    own = with_compared(changed, pairs) & cycles
    others = {audience: {cycle: of[cycle] for cycle in sorted(cycles - own)} for audience, of in before.items()}
    return Looked(own, with_compared(own, pairs) & cycles, others)


def _audited(publication: Publication, last: Publication) -> dict[str, dict[str, Any]]:
    """By audience and cycle what the last publication's audit tried; empty where it can't be relied on.

    It can be where the same code found nothing, and the files are still those that it saw.
    """
    try:
        certificate = read_certificate(last) or {}
        is_same_code = certificate["audited_with"] == code_version() and last.record.made_with == publication.record.made_with
        is_as_seen = certificate["sha256"] == {path.name: sha256(path) for path in files_of(last)}
        if not (certificate["passed"] and is_same_code and is_as_seen):
            return {}
        return {audience.name: certificate["audiences"][audience.name]["cycles"] for audience in PROTECTED}
    except (OSError, ValueError, KeyError):  # there is none, or it was written by hand
        return {}


def _changed(publication: Publication, last: Publication) -> frozenset[str]:
    """The cycles of which some file has other rows: other numbers of them, or other sums of two 64-bit hashes."""
    found: set[str] = set()
    for name in ("internal", *(audience.name for audience in PROTECTED)):
        found |= _changed_in(publication.file(name), last.file(name))
    return frozenset(found | _changed_worlds(publication.folder / proof.FILE, last.folder / proof.FILE))


def _changed_in(file: Path, last: Path) -> set[str]:
    found: set[str] = set()
    with attached(now=file, last=last) as connection:
        columns, before = columns_of(connection, "now"), columns_of(connection, "last")
        for table in columns.keys() | before.keys():
            if table.startswith(LINEAGE):
                continue  # no figure is made of it, and no protected audience has it
            schema, _, name = table.partition(".")
            sums = []
            for place, there in (("now", columns), ("last", before)):
                if table in there:
                    listed = ", ".join(f'"{column}"' for column in sorted(there[table]))
                    types = "', '".join(f"{column} {type_}" for column, type_ in sorted(there[table].items()))
                    sums.append(
                        f"select cycle, count(*) as n, sum(hash({listed})) as a, sum(hash('again', {listed})) as b, "
                        f'[\'{types}\'] as types from {place}."{schema}"."{name}" group by cycle'
                    )
            found |= _differing(connection, sums)
    return found


def _changed_worlds(file: Path, last: Path) -> set[str]:
    found: set[str] = set()
    with attached(now=file, last=last) as connection:
        subject = "audience, cycle, subject, measure"
        for table, listed in {"subjects": "", **WORLDS}.items():
            hashed = f"{subject}, {listed}" if listed else subject
            joined = f"inner join {{0}}.{table} using (number)" if listed else ""
            sums = (
                f"select cycle, count(*) as n, sum(hash({hashed})) as a, sum(hash('again', {hashed})) as b "
                f"from {{0}}.subjects {joined} group by cycle"
            )
            found |= _differing(connection, [sums.format(place) for place in ("now", "last")])
    return found


def _differing(connection: duckdb.DuckDBPyConnection, sums: list[str]) -> set[str]:
    """The cycles that do not have one and the same row in two queries."""
    query = " union all ".join(f"({one})" for one in sums)
    rows = connection.execute(
        f"select cycle from (select *, count(*) as places from ({query}) group by all) where places != 2"
    ).fetchall()
    return {cycle for (cycle,) in rows if cycle is not None}
