"""The audit of a publication: its order, and what it finds."""

from __future__ import annotations

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
    from collections.abc import Collection
    from pathlib import Path

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.kept import Publication
    from orchestration.warehouse.marts import Marts


@dataclass(frozen=True)
class Audited:
    """What the audit of an audience's file found.

    Attributes:
        leaks: what may not be; empty if nothing.
        tried: what was tried, in numbers, by cycle and kind of secret; see `certificate.py`.
        beside: with what else: the publications that the audience has, and what is held.
    """

    leaks: list[Leak]
    tried: dict[str, dict[str, Any]]
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
    looked = looked_at(publication, last)
    for audience in PROTECTED:
        file, held = publication.file(audience.name), publication.record.held.get(audience.name, {}).keys()
        cycles, near = looked.cycles - held, looked.near
        if held:
            near = (frozenset(publication.record.cycles) if near is None else near) - held
        earlier = try_on_earlier(publication, audience, cycles)
        files = (publication.file("internal"), file, publication.folder / proof.FILE)
        audited = audit_file(*files, audience, marts, wider, earlier, near)
        tried = {cycle: own for cycle, own in audited.tried.items() if cycle in cycles}
        leaks, beside = audited.leaks, audited.beside
        if held:
            leaks_of_held, said = audit_held(publication, audience, marts)
            leaks, beside = leaks + leaks_of_held, beside | {"held": said}
        found[audience.name] = Audited(leaks, tried | dict(looked.before.get(audience.name, {})), beside)
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
    """
    earlier = Earlier() if earlier is None else earlier
    if not proof_file.exists():
        return Audited([Leak(proof_file.name, "the whole file", "is not there: nothing proves that secrets are safe")], {})
    files = {"internal": internal, "shown": target, "proof": proof_file}
    with attached_narrowed(near, **(files if wider is None else files | {"wider": wider})) as connection:
        connection.execute("create temp table levels as select unnest(?) as level", [list(audience.levels)])
        connection.execute("create temp table narrowed (cycle varchar, kpi varchar, member varchar)")
        connection.execute("set variable audience = ?", [audience.name])
        leaks = rows.audit_rows(connection, marts, is_nested=wider is not None)
        if rows.are_tables_there(connection, marts):
            of_values, values_tried = values.audit_values(connection, earlier.values)
            of_answers, answers_tried = answers.audit_answers(connection, earlier.answers)
            cycles = [cycle for (cycle,) in connection.execute("select distinct cycle from internal.reference.cycles").fetchall()]
            tried = {
                cycle: {"values": values_tried.get(cycle, {}), "answers": answers_tried.get(cycle, {})}
                for cycle in sorted(cycles)
            }
            beside = {"earlier": {"tried_on": len(earlier.tried), "not_read": earlier.unread}}
            return Audited(leaks + of_values + of_answers, tried, beside)
    return Audited(leaks, {})
