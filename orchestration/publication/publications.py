"""The publications of a home: each a folder with the files of all audiences, one of them the current.

    warehouse/publications/<name>/{internal,wco,public}.duckdb   and beside each a folder of the same name with its package
    warehouse/current -> publications/<name>
    warehouse/public.duckdb -> current/public.duckdb             and so on: what users open

Replacing the one link `current` by a rename changes all files of all audiences together. A reader keeps what it has opened;
a publication that was interrupted leaves the last one as it was.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.disclosure.audiences import AUDIENCES, PROTECTED
from orchestration.publication.assemble import assemble
from orchestration.publication.audience_file import write_audience_file
from orchestration.publication.package import write_package

if TYPE_CHECKING:
    from collections.abc import Collection

    from orchestration.disclosure.audiences import Audience
    from orchestration.home import Home
    from orchestration.publication.audit import Leak

KEPT = 10
"""Publications that are kept; older ones are removed when a new one is made."""
NEXT = ".next"


@dataclass(frozen=True)
class Publication:
    """One publication.

    Attributes:
        name: time of publication, UTC, and the cycle that was refreshed; what `pmm diff` and `pmm restore` take.
    """

    name: str
    folder: Path

    def file(self, audience: str) -> Path:
        """The database file of an audience."""
        return self.folder / f"{audience}.duckdb"


def publications(home: Home) -> list[Publication]:
    """All that are kept, the oldest first."""
    folders = sorted(p for p in _folder(home).glob("*") if p.is_dir() and not p.name.startswith("."))
    return [Publication(p.name, p) for p in folders]


def current(home: Home) -> Publication | None:
    """The one that users open; None before the first."""
    link = home.warehouse / "current"
    return Publication(link.readlink().name, link.resolve()) if link.is_symlink() and link.exists() else None


def candidate(home: Home) -> Publication:
    """The one that was prepared and is not published yet."""
    return Publication(NEXT, _folder(home) / NEXT)


def before(home: Home, one: Publication) -> Publication | None:
    """The publication that one replaces, or will; None for the first."""
    if one.name == NEXT:
        return current(home)
    earlier = [p for p in publications(home) if p.name < one.name]
    return earlier[-1] if earlier else None


def prepare(home: Home, cycle: str, cycles: Collection[str], source: Path | None = None) -> dict[str, int]:
    """Write the files of the next publication; nobody sees them before `publish`.

    Args:
        home: whose marts are published.
        cycle: whose rows are new.
        cycles: that the home has; rows of others are left out.
        source: where the cycle's rows come from; the build file if it is not given.

    Returns:
        rows of the cycle by table, as `schema.table`.
    """
    last, new = current(home), candidate(home)
    shutil.rmtree(new.folder, ignore_errors=True)
    new.folder.mkdir(parents=True)
    published = None if last is None else last.file("internal")
    counts = assemble(source or home.build_file, published, new.file("internal"), cycle, cycles)
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(_write_audience, home, new, audience) for audience in AUDIENCES.values()]:
            done.result()
    return counts


def _write_audience(home: Home, new: Publication, audience: Audience) -> None:
    if audience.is_protected:
        write_audience_file(new.file("internal"), new.file(audience.name), audience)
    write_package(new.file(audience.name), new.folder / audience.name, audience, home)


def audit(publication: Publication) -> dict[str, list[Leak]]:
    """What follows from the files of the protected audiences and should not, by audience."""
    # the audit and the differences need scipy, which takes a while to import, and nothing else here does
    from orchestration.publication.audit import audit_file

    return {
        audience.name: audit_file(publication.file("internal"), publication.file(audience.name), audience)
        for audience in PROTECTED
    }


def told_since(last: Publication, new: Publication) -> dict[str, list[Leak]]:
    """What the files of the protected audiences tell of single Members together with those of an earlier publication."""
    from orchestration.publication import differences

    return {
        audience.name: differences.told_since(
            last.file("internal"), last.file(audience.name), new.file("internal"), new.file(audience.name)
        )
        for audience in PROTECTED
    }


def publish(home: Home, cycle: str) -> Publication:
    """Make the prepared files the current publication, all of them by one rename.

    Args:
        home: whose publication it is.
        cycle: that was refreshed; it stands in the name.
    """
    now = dt.datetime.now(dt.UTC)
    name = f"{now:%Y-%m-%dT%H%M%S}.{now.microsecond // 1000:03}Z_{cycle}"
    new = Publication(name, _folder(home) / name)
    for path in candidate(home).folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    candidate(home).folder.rename(new.folder)
    _point(home.warehouse / "current", Path("publications") / name)
    for audience in AUDIENCES:
        for user in (f"{audience}.duckdb", audience):
            target = Path("current") / user
            link = home.warehouse / user
            if not link.is_symlink() or link.readlink() != target:
                _point(link, target)
    for old in publications(home)[:-KEPT]:
        if old.name != name:
            shutil.rmtree(old.folder, ignore_errors=True)
    return new


def _point(link: Path, target: Path) -> None:
    """Make a link point to a target, by one rename."""
    temporary = link.with_name(f".{link.name}.link")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    temporary.replace(link)


def _folder(home: Home) -> Path:
    return home.warehouse / "publications"
