"""Which cycles are audited: all, but those of which nothing changed since an audit that found nothing.

That is not taken from what made the files. The rows of each file are compared with those of the last publication's, whose own
bytes are those that its audit saw. What follows of single answers on instruments depends on the cycle's rows alone; what follows
of values of KPIs, on the cycles that it is compared with, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.disclosure.audiences import PROTECTED
from orchestration.publication.audit.certificate import KINDS, files_of, read_certificate, sha256
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
        answers: the cycles whose answers on instruments are tried: those of which something changed.
        values: those whose values of KPIs are: these, and those that they are compared with.
        near: these, and those that they are compared with; None for all.
        before: by audience, kind and cycle what the last audit tried.
    """

    answers: frozenset[str]
    values: frozenset[str]
    near: frozenset[str] | None = None
    before: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)


def looked_at(publication: Publication, last: Publication | None) -> Looked:
    """What the audit of a publication looks at.

    Args:
        publication: that is audited.
        last: the publication before it; None to look at everything.
    """
    cycles = frozenset(publication.record.cycles)
    everything = Looked(cycles, cycles)
    before = {} if last is None else _audited(publication, last)
    if last is None or not before:
        return everything
    try:
        other = _changed(publication, last)
        pairs = pairs_of(publication.file("internal")) | pairs_of(last.file("internal"))
    except (duckdb.Error, OSError):
        return everything
    if None in other:  # what belongs to no cycle may belong to all
        return everything
    changed = {cycle for cycle in other if cycle is not None}
    for audience in PROTECTED:
        changed.update(*(one.record.held.get(audience.name, {}) for one in (publication, last)))
        changed.update(*(cycles - tried.keys() for tried in before[audience.name].values()))
    values = with_compared(changed, pairs) & cycles
    return Looked(cycles.intersection(changed), values, with_compared(values, pairs) & cycles, before)


def _audited(publication: Publication, last: Publication) -> dict[str, dict[str, dict[str, Any]]]:
    """By audience, kind and cycle what the last publication's audit tried; empty where it can't be relied on.

    It can be where the same code found nothing, and the files are still those that it saw.
    """
    try:
        certificate = read_certificate(last) or {}
        is_same_code = certificate["audited_with"] == code_version() and last.record.made_with == publication.record.made_with
        is_as_seen = certificate["sha256"] == {path.name: sha256(path) for path in files_of(last)}
        if not (certificate["passed"] and is_same_code and is_as_seen):
            return {}
        return {
            audience.name: {kind: certificate["audiences"][audience.name][kind]["cycles"] for kind in KINDS}
            for audience in PROTECTED
        }
    except (OSError, ValueError, KeyError):  # there is none, or it was written by hand
        return {}


def _changed(publication: Publication, last: Publication) -> frozenset[str | None]:
    """The cycles of which some file has other rows: other numbers of them, or other sums of two 64-bit hashes."""
    found: set[str | None] = set()
    for name in ("internal", *(audience.name for audience in PROTECTED)):
        found |= _changed_in(publication.file(name), last.file(name))
    return frozenset(found | _changed_worlds(publication.folder / proof.FILE, last.folder / proof.FILE))


def _changed_in(file: Path, last: Path) -> set[str | None]:
    found: set[str | None] = set()
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


def _changed_worlds(file: Path, last: Path) -> set[str | None]:
    found: set[str | None] = set()
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


def _differing(connection: duckdb.DuckDBPyConnection, sums: list[str]) -> set[str | None]:
    """The cycles that do not have one and the same row in two queries."""
    query = " union all ".join(f"({one})" for one in sums)
    rows = connection.execute(
        f"select cycle from (select *, count(*) as places from ({query}) group by all) where places != 2"
    ).fetchall()
    return {cycle for (cycle,) in rows}
