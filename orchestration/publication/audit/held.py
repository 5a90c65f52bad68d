"""Cycles that are held: their figures are those of an earlier publication, which was audited then, and nothing else is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.publication.audit.leak import Leak
from orchestration.publication.holding import rows_that_differ
from orchestration.publication.kept import DAMAGED

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.kept import Publication
    from orchestration.warehouse.marts import Marts


def audit_held(publication: Publication, audience: Audience, marts: Marts) -> tuple[list[Leak], dict[str, str]]:
    """Whether a publication shows of held cycles what the publication shows whose figures are kept, and nothing else.

    Returns:
        what it tells besides; and by cycle what it was compared with.
    """
    leaks, said = [], {}
    own = publication.file(audience.name)
    for cycle, held in publication.record.held.get(audience.name, {}).items():
        source = _file(publication, held.publication, audience)
        if source is None:
            said[cycle] = f"the figures of {held.publication}, which is no longer kept: not compared"
            continue
        said[cycle] = f"the figures of {held.publication}"
        for table, n in rows_that_differ(own, source, [cycle], marts):
            leaks.append(Leak(table, f"{cycle}, {n} rows", f"is held, and is not what {held.publication} shows"))
    return leaks, said


def _file(publication: Publication, name: str, audience: Audience) -> Path | None:
    """The audience's file of another publication, damaged or not; None where it is no longer kept."""
    folder = publication.folder.parent
    for place in (folder / name, folder / DAMAGED / name):
        if (file := place / f"{audience.name}.duckdb").exists():
            return file
    return None
