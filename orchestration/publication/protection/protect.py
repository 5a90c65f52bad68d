"""The order in which it is decided what audiences are shown: the widest first, and the narrower ones are given of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from orchestration.disclosure.audiences import PROTECTED
from orchestration.publication.narrowed import attached_narrowed
from orchestration.publication.protection.earlier import History
from orchestration.publication.protection.instruments import protect_correlations, protect_instruments
from orchestration.publication.protection.kpis import protect_kpis
from orchestration.publication.protection.proof import NO_PROOF, read_decided
from orchestration.publication.protection.read import read_groups, read_policies
from orchestration.publication.protection.tables import Protection
from orchestration.warm.side_by_side import SideBySide

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orchestration.disclosure.audiences import AudienceName
    from orchestration.publication.join import Unwritten
    from orchestration.publication.protection.earlier import Release
    from orchestration.publication.protection.proof import Proof
    from orchestration.publication.protection.touched import Touched


def protect(
    internal: Path | Unwritten,
    last: Mapping[AudienceName, Proof] | None = None,
    releases: Mapping[AudienceName, tuple[Release, ...]] | None = None,
    touched: Touched | None = None,
) -> dict[AudienceName, Protection]:
    """Say what each protected audience is shown.

    Args:
        internal: the file with everything, written or not.
        last: the worlds of the last publication; what they were found for need not be looked at again.
        releases: the publications that each audience has.
        touched: the cycles that it is said of; of all others it is what the last publication's proof says. None for all.
    """
    decided: dict[AudienceName, Protection] = {}
    # the matrices are so small that threads cost more than they do
    near = None if touched is None else touched.near
    with attached_narrowed(near, internal=internal) as connection, threadpool_limits(1), SideBySide() as side_by_side:
        groups, policies = read_groups(connection), read_policies(connection)
        wider: Protection | None = None
        for audience in PROTECTED:
            found, history = Protection(), History(audience, (releases or {}).get(audience.name, ()))
            proof = (last or {}).get(audience.name, NO_PROOF)
            protect_kpis(connection, audience, groups, policies, wider, proof, history, touched, found, side_by_side)
            protect_instruments(connection, audience, groups, policies, wider, proof, history, touched, found, side_by_side)
            protect_correlations(connection, audience, wider, found)
            if touched is not None:
                found.kept = read_decided(touched.proof, audience.name, touched.kept)
            decided[audience.name] = wider = found
    return decided
