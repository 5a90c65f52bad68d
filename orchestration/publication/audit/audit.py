"""The audit of a publication: its order, and what it finds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestration.disclosure.audiences import PROTECTED
from orchestration.publication.audit import answers, rows, values
from orchestration.publication.audit.changed import looked_at
from orchestration.publication.audit.earlier import Earlier, try_on_earlier
from orchestration.publication.audit.held import audit_held
from orchestration.publication.audit.leak import Leak
from orchestration.publication.join import columns_of
from orchestration.publication.narrowed import attached_narrowed
from orchestration.publication.protection import proof

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    import duckdb

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.audit.changed import Looked
    from orchestration.publication.audit.fingerprints import Seen
    from orchestration.publication.kept import Publication
    from orchestration.warehouse.marts import Marts


@dataclass(frozen=True)
class Audited:
    """What the audit of an audience's file found.

    Attributes:
        leaks: what may not be; empty if nothing.
        tried: what was tried, in numbers, by kind of secret and cycle; see `certificate.py`.
        beside: with what else: the publications that the audience has, and what is held.
    """

    leaks: list[Leak]
    tried: dict[str, dict[str, dict[str, Any]]]
    beside: dict[str, Any] = field(default_factory=dict)


def audit(publication: Publication, marts: Marts, seen: Seen, last: Publication | None = None) -> dict[str, Audited]:
    """Audit the files of all protected audiences together, by audience.

    Args:
        publication: whose files are finished.
        marts: what each column declares it is shown with.
        seen: what there is to see in them.
        last: the publication before it: what is as it was when that was audited is not looked at again. None to look at
            everything.
    """
    looked = looked_at(publication, last, seen)
    # one is looked through by Python while the database computes for the other
    with ThreadPoolExecutor() as pool:
        found = {
            audience.name: pool.submit(_audit_one, publication, audience, marts, looked, wider)
            for audience, wider in zip(PROTECTED, (None, *PROTECTED), strict=False)
        }
    return {name: one.result() for name, one in found.items()}


def _audit_one(publication: Publication, audience: Audience, marts: Marts, looked: Looked, wider: Audience | None) -> Audited:
    """Audit the file of an audience, beside that of the next wider one."""
    all_cycles = frozenset(publication.record.cycles)
    file, held = publication.file(audience.name), publication.record.held.get(audience.name, {}).keys()
    anew = {"values": looked.values - held, "answers": looked.answers - held}
    near = looked.near
    if held:
        near = (all_cycles if near is None else near) - held
    earlier = try_on_earlier(publication, audience, anew["answers"])
    files = (publication.file("internal"), file, publication.folder / proof.FILE)
    file_of_wider = None if wider is None else publication.file(wider.name)
    audited = audit_file(*files, audience, marts, file_of_wider, earlier, near, None if near is None else anew)
    tried = {}
    for kind, by_cycle in audited.tried.items():
        before = looked.before.get(audience.name, {}).get(kind, {})
        taken_over = {cycle: own for cycle, own in before.items() if cycle in all_cycles - held}
        tried[kind] = taken_over | {cycle: by_cycle.get(cycle, {}) for cycle in anew[kind]}
    leaks, beside = audited.leaks, audited.beside
    if held:
        leaks_of_held, said = audit_held(publication, audience, marts)
        leaks, beside = leaks + leaks_of_held, beside | {"held": said}
    return Audited(leaks, tried, beside)


def audit_file(
    internal: Path,
    target: Path,
    proof_file: Path,
    audience: Audience,
    marts: Marts,
    wider: Path | None = None,
    earlier: Earlier | None = None,
    near: Collection[str] | None = None,
    anew: Mapping[str, Collection[str]] | None = None,
) -> Audited:
    """Look for what follows from an audience's file and should not.

    Args:
        internal: the file with everything.
        target: the audience's file.
        proof_file: the worlds that are to prove it.
        audience: whose file it is.
        marts: what each column declares it is shown with.
        wider: the file of the next wider audience; None for the widest.
        earlier: what was found on earlier publications.
        near: the cycles that are looked at, with those that they are compared with; None for all.
        anew: by kind of secret the cycles of which it is tried; None for all.
    """
    earlier = Earlier() if earlier is None else earlier
    if not proof_file.exists():
        return Audited([Leak(proof_file.name, "the whole file", "is not there: nothing proves that secrets are safe")], {})
    files = {"internal": internal, "shown": target, "proof": proof_file} | ({} if wider is None else {"wider": wider})
    tried: dict[str, dict[str, Any]] = {"values": {}, "answers": {}}
    with _attached(near, files, audience) as connection:
        shown = columns_of(connection, "shown")
        leaks = rows.audit_rows(connection, shown, marts, is_nested=wider is not None)
        if not rows.are_tables_there(shown, marts):
            return Audited(leaks, {})
        if anew is None or anew["values"]:
            leaks_of_values, tried["values"] = values.audit_values(connection, earlier.values)
            leaks += leaks_of_values
    if anew is None or anew["answers"]:
        with _attached(None if anew is None else anew["answers"], files, audience) as connection:
            leaks_of_answers, tried["answers"] = answers.audit_answers(connection, earlier.answers)
            leaks += leaks_of_answers
    return Audited(leaks, tried, {"earlier": {"tried_on": len(earlier.tried), "not_read": earlier.unread}})


@contextmanager
def _attached(cycles: Collection[str] | None, files: dict[str, Path], audience: Audience) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the files attached, with some cycles or all, and what the audit's SQL asks of it."""
    with attached_narrowed(cycles, **files) as connection:
        connection.execute("create temp table levels as select unnest(?) as level", [list(audience.levels)])
        connection.execute("create temp table narrowed (cycle varchar, kpi varchar, member varchar)")
        connection.execute("set variable audience = ?", [audience.name])
        yield connection
