"""The audit of a publication: its order, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.disclosure.audiences import PROTECTED
from orchestration.publication.audit import answers, rows, values
from orchestration.publication.audit.earlier import Earlier, try_on_earlier
from orchestration.publication.audit.held import audit_held, without_cycles
from orchestration.publication.audit.leak import Leak
from orchestration.publication.protection import proof
from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.kept import Publication
    from orchestration.warehouse.marts import Marts


@dataclass(frozen=True)
class Audited:
    """What the audit of an audience's file found.

    Attributes:
        leaks: what may not be; empty if nothing.
        tried: what was tried, in numbers, by kind of secret; see `certificate.py`.
    """

    leaks: list[Leak]
    tried: dict[str, Any]


def audit(publication: Publication, marts: Marts) -> dict[str, Audited]:
    """Audit the files of all protected audiences together, by audience.

    Args:
        publication: whose files are finished.
        marts: what each column declares it is shown with.
    """
    found: dict[str, Audited] = {}
    wider: Path | None = None
    held = publication.record.held
    for audience in PROTECTED:
        file, of_audience = publication.file(audience.name), held.get(audience.name, {})
        with without_cycles(of_audience, publication.file("internal"), file, wider) as (internal, own, own_wider):
            earlier = try_on_earlier(publication, audience)
            audited = audit_file(internal, own, publication.folder / proof.FILE, audience, marts, own_wider, earlier)
        if of_audience:
            leaks, said = audit_held(publication, audience, marts)
            audited = Audited(audited.leaks + leaks, audited.tried | {"held": said})
        found[audience.name] = audited
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
    """
    earlier = Earlier() if earlier is None else earlier
    if not proof_file.exists():
        return Audited([Leak(proof_file.name, "the whole file", "is not there: nothing proves that secrets are safe")], {})
    files = {"internal": internal, "shown": target, "proof": proof_file}
    with attached(**(files if wider is None else files | {"wider": wider})) as connection:
        connection.execute("create temp table levels as select unnest(?) as level", [list(audience.levels)])
        connection.execute("create temp table narrowed (cycle varchar, kpi varchar, member varchar)")
        connection.execute("set variable audience = ?", [audience.name])
        leaks = rows.audit_rows(connection, marts, is_nested=wider is not None)
        if rows.are_tables_there(connection, marts):
            of_values, values_tried = values.audit_values(connection, earlier.values)
            of_answers, answers_tried = answers.audit_answers(connection, earlier.answers)
            beside = {"tried_on": len(earlier.tried), "not_read": earlier.unread}
            tried = {"values": values_tried, "answers": answers_tried, "earlier": beside}
            return Audited(leaks + of_values + of_answers, tried)
    return Audited(leaks, {})
