"""The publications of a home: each a folder with the files of all audiences, one of them the current.

    warehouse/publications/<name>/{internal,wco,public}.duckdb   and beside each a folder of the same name with its package
    warehouse/publications/<name>/record.json                    how it was made, and what was restored in it, since when and why
    warehouse/current -> publications/<name>
    warehouse/public.duckdb -> current/public.duckdb             and so on: what users open

Replacing the one link `current` by a rename changes all files of all audiences together. A reader keeps what it has opened;
a publication that was interrupted leaves the last one as it was.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.records import InputError, Problem
from orchestration.warehouse.code_version import code_version

if TYPE_CHECKING:
    from collections.abc import Collection

    from orchestration.inputs.home import Home

KEPT = 10
"""Publications that are kept; older ones are removed when a new one is made."""
TIME = "%Y-%m-%dT%H%M%S.%f"
NEXT = ".next"
RECORD = "record.json"


@dataclass(frozen=True)
class Restored:
    """That a cycle's figures are those of an earlier publication.

    Attributes:
        publication: its name.
        since: when they were brought back, UTC, ISO 8601.
        reason: why, as somebody gave it.
    """

    publication: str
    since: str
    reason: str


@dataclass(frozen=True)
class Record:
    """What a publication says of how it was made.

    Attributes:
        cycle: whose rows are new in it.
        cycles: all whose rows are in it.
        made_with: the code and the database that wrote its files: two that are equal write equal rows as equal files.
        restored: the cycles whose figures are those of an earlier publication.
    """

    cycle: str
    cycles: tuple[str, ...]
    made_with: str
    restored: dict[str, Restored]


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

    def package(self, audience: str) -> Path:
        """The folder of an audience's data package."""
        return self.folder / audience

    def restored(self) -> dict[str, Restored]:
        """The cycles whose figures in it are those of an earlier publication."""
        return read_record(self.folder).restored

    def made_with(self) -> str:
        """The code and the database that wrote its files."""
        return read_record(self.folder).made_with


def publications(home: Home) -> list[Publication]:
    """All that are kept, the oldest first."""
    folders = sorted(p for p in folder_of(home).glob("*") if p.is_dir() and not p.name.startswith("."))
    return [Publication(p.name, p) for p in folders]


def get_publication(home: Home, name: str) -> Publication:
    """One that is kept.

    Raises:
        InputError: there is none of that name.
    """
    for publication in publications(home):
        if publication.name == name:
            return publication
    where = home.shown(folder_of(home))
    raise InputError(
        f"There is no publication {name!r}",
        [Problem(where, None, None, "pmm publications lists those that are kept")],
    )


def current(home: Home) -> Publication | None:
    """The one that users open; None before the first."""
    link = home.warehouse / "current"
    return Publication(link.readlink().name, link.resolve()) if link.is_symlink() and link.exists() else None


def candidate(home: Home) -> Publication:
    """The one that was prepared and is not published yet."""
    return Publication(NEXT, folder_of(home) / NEXT)


def before(home: Home, publication: Publication) -> Publication | None:
    """The publication that one replaces, or will; None for the first."""
    if publication.name == NEXT:
        return current(home)
    earlier = [p for p in publications(home) if p.name < publication.name]
    return earlier[-1] if earlier else None


def record(home: Home, folder: Path, cycle: str, cycles: Collection[str], restored: Restored | None) -> None:
    """Write what the next publication says of itself; restored are those of the last one, and the one at hand or it no more.

    Args:
        home: whose publication it is.
        folder: of the next publication.
        cycle: whose rows are new in it.
        cycles: all that the home has.
        restored: that its rows are those of an earlier publication; None where they come from a refresh.
    """
    last = current(home)
    found = {name: one for name, one in ({} if last is None else last.restored()).items() if name in cycles}
    found.pop(cycle, None)
    if restored is not None:
        found[cycle] = restored
    made_with = f"{code_version()}, DuckDB {duckdb.__version__}"
    content = asdict(Record(cycle, tuple(sorted(cycles)), made_with, found))
    (folder / RECORD).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_record(folder: Path) -> Record:
    """What a publication says of itself; nothing where it was made before publications said it."""
    path = folder / RECORD
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    restored = {cycle: Restored(**one) for cycle, one in content.get("restored", {}).items()}
    return Record(content.get("cycle", ""), tuple(content.get("cycles", ())), content.get("made_with", ""), restored)


def publish(home: Home, cycle: str) -> Publication:
    """Make the prepared files the current publication, all of them by one rename.

    Args:
        home: whose publication it is.
        cycle: whose rows are new; it stands in the name.
    """
    name = f"{_next_time(home)}Z_{cycle}"
    new = Publication(name, folder_of(home) / name)
    for path in candidate(home).folder.rglob("*"):
        # what is the same file as in an earlier publication is on the disk
        if path.is_file() and path.stat().st_nlink == 1:
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
        shutil.rmtree(old.folder, ignore_errors=True)
    return new


def _next_time(home: Home) -> str:
    """The time for a publication's name: now, or where the clock was set back, just after the last publication's.

    Names say which publication is the older one, and so which are removed.
    """
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    there = publications(home)
    if there:
        last = dt.datetime.strptime(there[-1].name.split("Z_")[0], TIME)
        now = max(now, last + dt.timedelta(milliseconds=1))
    return f"{now:%Y-%m-%dT%H%M%S}.{now.microsecond // 1000:03}"


def folder_of(home: Home) -> Path:
    """Where the publications are kept."""
    return home.warehouse / "publications"


def _point(link: Path, target: Path) -> None:
    """Make a link point to a target, by one rename."""
    temporary = link.with_name(f".{link.name}.link")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    temporary.replace(link)
