"""Which cycles are audited: all, but those of which nothing changed since an audit that found nothing.

That is not taken from what made the files. The rows of each file are compared with those that the last publication's audit saw,
if its files are still, byte for byte, those. What follows of single answers on instruments depends on the cycle's rows alone;
what follows of values of KPIs, on the cycles that it is compared with, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestration.disclosure.audiences import PROTECTED
from orchestration.publication.audit.certificate import KINDS, files_of, read_certificate, sha256
from orchestration.publication.audit.fingerprints import OF_NO_CYCLE, other_cycles, seen_by_audit
from orchestration.publication.narrowed import with_compared
from orchestration.warehouse.code_version import code_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.publication.audit.fingerprints import Seen
    from orchestration.publication.kept import Publication


@dataclass(frozen=True)
class Looked:
    """What an audit looks at.

    Attributes:
        answers: the cycles whose answers on instruments are tried: those of which something changed.
        values: those whose values of KPIs are: these, and those that they are compared with.
        near: these, and those that they are compared with, and those that were refreshed without any change; None for all.
        before: by audience, kind and cycle what the last audit tried.
    """

    answers: frozenset[str]
    values: frozenset[str]
    near: frozenset[str] | None = None
    before: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)


def looked_at(publication: Publication, last: Publication | None, seen: Seen) -> Looked:
    """What the audit of a publication looks at.

    Args:
        publication: that is audited.
        last: the publication before it; None to look at everything.
        seen: what there is to see.
    """
    cycles = frozenset(publication.record.cycles)
    everything = Looked(cycles, cycles)
    before = {} if last is None else _audited(publication, last)
    then = None if last is None else seen_by_audit(last)
    if last is None or not before or then is None:
        return everything
    changed, refreshed = other_cycles(seen.figures, then.figures), other_cycles(seen.refreshes, then.refreshes)
    if OF_NO_CYCLE in changed | refreshed:  # what belongs to no cycle may belong to all
        return everything
    for audience in PROTECTED:
        changed.update(*(one.record.held.get(audience.name, {}) for one in (publication, last)))
        changed.update(*(cycles - tried.keys() for tried in before[audience.name].values()))
    compared = {*seen.compared, *then.compared}
    values = with_compared(changed, compared) & cycles
    near = (with_compared(values, compared) | refreshed) & cycles
    return Looked(cycles.intersection(changed), values, near, before)


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
