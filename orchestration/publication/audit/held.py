"""Cycles that are held: their figures are those of an earlier publication, which was audited then, and nothing else is told."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication.audit.leak import Leak
from orchestration.publication.holding import LINK, told_otherwise
from orchestration.publication.kept import DAMAGED
from orchestration.warehouse.held import connected

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.kept import Publication
    from orchestration.warehouse.marts import Marts


@contextmanager
def without_cycles(
    cycles: Collection[str], internal: Path, file: Path, wider: Path | None
) -> Iterator[tuple[Path, Path, Path | None]]:
    """Files as they are without some cycles; the files themselves where there are none to leave out."""
    if not cycles:
        yield internal, file, wider
        return
    with tempfile.TemporaryDirectory() as folder:
        copies = [_without(cycles, path, Path(folder)) for path in (internal, file, *([] if wider is None else [wider]))]
        yield copies[0], copies[1], copies[2] if wider is not None else None


def _without(cycles: Collection[str], file: Path, folder: Path) -> Path:
    copy = Path(shutil.copy(file, folder))
    with connected(copy) as connection:
        columns = connection.execute(
            "select schema_name, table_name, list(column_name) from duckdb_columns() where not internal group by all"
        ).fetchall()
        for schema, table, names in columns:
            for name in ("cycle", LINK):
                if name in names:
                    where = f'"{name}" in (select unnest(?))'
                    connection.execute(f'delete from "{schema}"."{table}" where {where}', [sorted(cycles)])
    return copy


def audit_held(publication: Publication, audience: Audience, marts: Marts) -> tuple[list[Leak], dict[str, str]]:
    """Whether a publication tells of held cycles what the publication told whose figures are kept, and nothing else.

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
        for table, n in told_otherwise(own, source, [cycle], marts):
            leaks.append(Leak(table, f"{cycle}, {n} rows", f"is held, and is not what {held.publication} shows"))
    return leaks, said


def _file(publication: Publication, name: str, audience: Audience) -> Path | None:
    """The audience's file of another publication, damaged or not; None where it is no longer kept."""
    folder = publication.folder.parent
    for place in (folder / name, folder / DAMAGED / name):
        if (file := place / f"{audience.name}.duckdb").exists():
            return file
    return None
