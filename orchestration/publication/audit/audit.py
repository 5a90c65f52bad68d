"""The audit of a publication: its order, and what it finds."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestration.disclosure.audiences import PROTECTED
from orchestration.publication.audit import answers, rows, values
from orchestration.publication.audit.changed import looked_at
from orchestration.publication.audit.earlier import Earlier, try_on_earlier
from orchestration.publication.audit.held import audit_held
from orchestration.publication.audit.leak import Leak
from orchestration.publication.narrowed import attached_narrowed
from orchestration.publication.protection import proof

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    import duckdb

    from orchestration.disclosure.audiences import Audience
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


def audit(publication: Publication, marts: Marts, last: Publication | None = None) -> dict[str, Audited]:
    """Audit the files of all protected audiences together, by audience.

    Args:
        publication: whose files are finished.
        marts: what each column declares it is shown with.
        last: the publication before it: what is as it was when that was audited is not looked at again. None to look at
            everything.
    """
    found: dict[str, Audited] = {}
    wider: Path | None = None
    looked, all_cycles = looked_at(publication, last), frozenset(publication.record.cycles)
    for audience in PROTECTED:
        file, held = publication.file(audience.name), publication.record.held.get(audience.name, {}).keys()
        anew = {"values": looked.values - held, "answers": looked.answers - held}
        near, of_answers = looked.near, None if looked.near is None else anew["answers"]
        if held:
            near, of_answers = (all_cycles if near is None else near) - held, anew["answers"]
        earlier = try_on_earlier(publication, audience, anew["answers"])
        files = (publication.file("internal"), file, publication.folder / proof.FILE)
        audited = audit_file(*files, audience, marts, wider, earlier, near, of_answers)
        tried = {}
        for kind, by_cycle in audited.tried.items():
            before = looked.before.get(audience.name, {}).get(kind, {})
            taken_over = {cycle: own for cycle, own in before.items() if cycle in all_cycles - held}
            tried[kind] = taken_over | {cycle: by_cycle.get(cycle, {}) for cycle in anew[kind]}
        leaks, beside = audited.leaks, audited.beside
        if held:
            leaks_of_held, said = audit_held(publication, audience, marts)
            leaks, beside = leaks + leaks_of_held, beside | {"held": said}
        found[audience.name] = Audited(leaks, tried, beside)
        wider = file
    return found


def audit_file(
    internal: Path,
    target: Path,
    proof_file: Path,
    audience: Audience,
    marts: Marts,
    wider: Path | None = None,
    earlier: Earlier | None = None,
    near: Collection[str] | None = None,
    of_answers: Collection[str] | None = None,
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
        of_answers: those of which answers on instruments are tried; None for all.
    """
    earlier = Earlier() if earlier is None else earlier
    if not proof_file.exists():
        return Audited([Leak(proof_file.name, "the whole file", "is not there: nothing proves that secrets are safe")], {})
    files = {"internal": internal, "shown": target, "proof": proof_file} | ({} if wider is None else {"wider": wider})
    with _attached(near, files, audience) as connection:
        leaks = rows.audit_rows(connection, marts, is_nested=wider is not None)
        if not rows.are_tables_there(connection, marts):
            return Audited(leaks, {})
        leaks_of_values, values_tried = values.audit_values(connection, earlier.values)
    with _attached(of_answers, files, audience) as connection:
        leaks_of_answers, answers_tried = answers.audit_answers(connection, earlier.answers)
    beside = {"earlier": {"tried_on": len(earlier.tried), "not_read": earlier.unread}}
    return Audited(leaks + leaks_of_values + leaks_of_answers, {"values": values_tried, "answers": answers_tried}, beside)


@contextmanager
def _attached(cycles: Collection[str] | None, files: dict[str, Path], audience: Audience) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the files attached, with some cycles or all, and what the audit's SQL asks of it."""
    with attached_narrowed(cycles, **files) as connection:
        connection.execute("create temp table levels as select unnest(?) as level", [list(audience.levels)])
        connection.execute("create temp table narrowed (cycle varchar, kpi varchar, member varchar)")
        connection.execute("set variable audience = ?", [audience.name])
        yield connection
