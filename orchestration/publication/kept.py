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
import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.records import InputError, Problem
from orchestration.publication.rights import give_rights, have_rights, rights_of
from orchestration.warehouse.code_version import code_version
from orchestration.warehouse.held import connected, remove

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from orchestration.disclosure.audiences import AudienceName
    from orchestration.inputs.home import Home
    from orchestration.publication.reasons import Reason

KEPT = 10
"""Publications that are kept; older ones are removed when a new one is made, but for those at which an audience is held, and
those that showed something else of a cycle."""
STATES = 10
"""How many states of a cycle are remembered: what was shown of it before counts no longer."""
TIME = "%Y-%m-%dT%H%M%S.%f"
NEXT = ".next"
RECORD = "record.json"
DAMAGED = ".damaged"
"""The folder of publications that were found damaged: kept to be looked at, and never read for figures."""


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
class Held:
    """That an audience keeps the figures of a cycle that it has.

    Attributes:
        publication: whose figures they are.
        since: when a newer one would first have shown others, UTC, ISO 8601.
        why: KPI or question on which a single answer would follow; others are not looked for then.
    """

    publication: str
    since: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """What a publication says of how it was made.

    Attributes:
        cycle: whose rows are new in it.
        cycles: all whose rows are in it.
        made_with: the code and the database that wrote its files: two that are equal write equal rows as equal files.
        restored: the cycles whose figures are those of an earlier publication.
        reason: why the cycle was refreshed, where somebody said so.
        is_loss_accepted: whether somebody accepted that the cycle shows much less than before.
        released: audiences for which somebody released the cycle, whatever its figures tell beside earlier ones.
        held: by audience and cycle what is held.
        digests: by cycle what its files show, in few characters (`digests.py`).
        panels: likewise by later and earlier cycle what they show of both; None where it was made before publications said it.
        sha256: of the database files, by audience; none where it was made before publications said it.
    """

    cycle: str
    cycles: tuple[str, ...]
    made_with: str
    restored: dict[str, Restored]
    reason: str = ""
    is_loss_accepted: bool = False
    released: tuple[str, ...] = ()
    held: dict[str, dict[str, Held]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    panels: dict[str, dict[str, str]] | None = None
    sha256: dict[str, str] = field(default_factory=dict)


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

    def report(self, audience: str) -> Path:
        """The folder of an audience's report."""
        return self.package(audience) / "report"

    @property
    def record(self) -> Record:
        """What it says of how it was made."""
        return read_record(self.folder)

    def damage(self, audience: str = "internal") -> str:
        """What is wrong with an audience's file: not the bytes that were published, or not to be opened; empty if nothing."""
        file, expected = self.file(audience), self.record.sha256.get(audience)
        if not file.is_file():
            return "the file is gone"
        if expected is not None and _sha256(file) != expected:
            return "its bytes are not those that were published"
        try:
            with connected(file, read_only=True):
                return ""
        except (duckdb.Error, OSError) as error:
            return str(error).splitlines()[0]


def publications(home: Home) -> list[Publication]:
    """All that are kept, the oldest first."""
    folders = sorted(p for p in folder_of(home).glob("*") if p.is_dir() and not p.name.startswith("."))
    return [Publication(p.name, p) for p in folders]


def get_publication(home: Home, name: str) -> Publication:
    """One that is kept.

    Raises:
        InputError: there is none of that name, or it is damaged.
    """
    for publication in publications(home):
        if publication.name == name:
            if problem := publication.damage():
                where = home.shown(publication.file("internal"))
                raise InputError(f"Publication {name!r} can't be read", [Problem(where, None, None, f"{problem}; take another")])
            return publication
    where = home.shown(folder_of(home))
    raise InputError(
        f"There is no publication {name!r}",
        [Problem(where, None, None, "pmm publications lists those that are kept")],
    )


def current(home: Home) -> Publication | None:
    """The one that users open; None before the first, and where it was found damaged."""
    link = link_of(home)
    if not link.is_symlink() or not link.exists() or link.readlink().parent.name == DAMAGED:
        return None
    return Publication(link.readlink().name, link.resolve())


def mend(home: Home) -> list[str]:
    """Put right what somebody or something did to the last publication; returns what was found, as sentences.

    A link that is gone points to the last publication again. One whose internal file is damaged is no longer read; it stays
    what users open, for want of a better, until the next is published.
    """
    link, there = link_of(home), publications(home)
    said = []
    if there and current(home) is None and not (link.is_symlink() and link.readlink().parent.name == DAMAGED):
        _point(link, Path("publications") / there[-1].name)
        said.append(f"{home.shown(home.warehouse)}/current pointed nowhere; it points to {there[-1].name} again.")
    last = current(home)
    if last is not None and (problem := last.damage()):
        aside = folder_of(home) / DAMAGED / last.name
        aside.parent.mkdir(exist_ok=True)
        last.folder.rename(aside)
        _point(link, Path("publications") / DAMAGED / last.name)
        said.append(f"The publication {last.name} is damaged ({problem}); it is set aside, in {home.shown(aside)}.")
    return said


def note_held(publication: Publication, held: Mapping[AudienceName, dict[str, Held]]) -> None:
    """Have a publication say what is held in it, by audience and cycle."""
    _write_record(
        publication.folder, replace(publication.record, held={str(audience): of_cycle for audience, of_cycle in held.items()})
    )


def note_digests(publication: Publication, digests: dict[str, str], panels: dict[str, dict[str, str]] | None = None) -> None:
    """Have a publication say what it shows, by cycle, and of two cycles that it compares."""
    _write_record(publication.folder, replace(publication.record, digests=digests, panels=panels))


def note_hashes(publication: Publication) -> None:
    """Have a publication say what bytes its files have, so that damage is seen."""
    hashes: dict[str, str] = {audience: _sha256(publication.file(audience)) for audience in AUDIENCES}
    _write_record(publication.folder, replace(publication.record, sha256=hashes))


def link_of(home: Home) -> Path:
    """The link to the one that users open."""
    return home.warehouse / "current"


def candidate(home: Home) -> Publication:
    """The one that was prepared and is not published yet."""
    return Publication(NEXT, folder_of(home) / NEXT)


def before(home: Home, publication: Publication) -> Publication | None:
    """The publication that one replaces, or will; None for the first."""
    if publication.name == NEXT:
        return current(home)
    earlier = [p for p in publications(home) if p.name < publication.name]
    return earlier[-1] if earlier else None


def record(home: Home, folder: Path, cycle: str, cycles: Collection[str], restored: Restored | None, reason: Reason) -> None:
    """Write what the next publication says of itself; restored are those of the last one, and the one at hand or it no more.

    Args:
        home: whose publication it is.
        folder: of the next publication.
        cycle: whose rows are new in it.
        cycles: all that the home has.
        restored: that its rows are those of an earlier publication; None where they come from a refresh.
        reason: why, where somebody said so.
    """
    last = current(home)
    found = {name: one for name, one in ({} if last is None else last.record.restored).items() if name in cycles}
    found.pop(cycle, None)
    if restored is not None:
        found[cycle] = restored
    made_with = f"{code_version()}, DuckDB {duckdb.__version__}"
    made = Record(cycle, tuple(sorted(cycles)), made_with, found, reason.text, reason.accepts_loss, reason.releases)
    _write_record(folder, made)


def _write_record(folder: Path, record: Record) -> None:
    """Write what a publication says of itself, whole at once: another thread may read it."""
    part = folder / f".{RECORD}"
    part.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
    part.replace(folder / RECORD)


def read_record(folder: Path) -> Record:
    """What a publication says of itself; nothing where it was made before publications said it, or it can't be read."""
    try:
        content = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        restored = {cycle: Restored(**one) for cycle, one in content.get("restored", {}).items()}
        return Record(
            content.get("cycle", ""),
            tuple(content.get("cycles", ())),
            content.get("made_with", ""),
            restored,
            content.get("reason", ""),
            content.get("is_loss_accepted", False),
            tuple(content.get("released", ())),
            {
                audience: {cycle: Held(one["publication"], one["since"], tuple(one["why"])) for cycle, one in of_cycle.items()}
                for audience, of_cycle in content.get("held", {}).items()
            },
            content.get("digests", content.get("told", {})),
            content.get("panels"),
            content.get("sha256", {}),
        )
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return Record("", (), "", {})


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def publish(home: Home, cycle: str) -> Publication:
    """Make the prepared files the current publication, all of them by one rename, and give them to those who may read them.

    Args:
        home: whose publication it is.
        cycle: whose rows are new; it stands in the name.

    Raises:
        InputError: they can't be given to whom `readers.toml` names; nothing is published then.
    """
    rights = rights_of(home)
    name = f"{_next_time(home)}Z_{cycle}"
    new = Publication(name, folder_of(home) / name)
    for parent, _, files in os.walk(candidate(home).folder):
        for file in files:
            _flush(f"{parent}/{file}")
    for folder in [candidate(home).folder, *(p.folder for p in publications(home) if not have_rights(p.folder))]:
        give_rights(folder, rights)
    candidate(home).folder.rename(new.folder)
    _point(link_of(home), Path("publications") / name)
    for audience in AUDIENCES:
        for user in (f"{audience}.duckdb", audience):
            target = Path("current") / user
            link = home.warehouse / user
            if not link.is_symlink() or link.readlink() != target:
                _point(link, target)
    # what an audience is held at is what it has, however long ago that was
    needed = {held.publication for of_audience in new.record.held.values() for held in of_audience.values()}
    needed |= _last_of_each_state(publications(home), new.record.cycles)
    for old in publications(home)[:-KEPT]:
        if old.name not in needed:
            with suppress(OSError):  # the new one is out: what can't be removed now goes with the next
                remove(old.folder)
    return new


def _flush(path: str) -> None:
    """Have a file on the disk; what is the same file as in an earlier publication is."""
    if os.lstat(path).st_nlink == 1:
        with Path(path).open("rb") as file:
            os.fsync(file.fileno())


def _last_of_each_state(there: list[Publication], cycles: Collection[str]) -> set[str]:
    """The last publication of each state that a cycle was shown in: what comes next is looked at beside it."""
    states: dict[str, dict[str, str]] = {cycle: {} for cycle in cycles}
    for publication in reversed(there):
        for cycle, what in publication.record.digests.items():
            if cycle in states and len(states[cycle]) < STATES:
                states[cycle].setdefault(what, publication.name)
    return {name for of_cycle in states.values() for name in of_cycle.values()}


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
    return home.publications


def _point(link: Path, target: Path) -> None:
    """Make a link point to a target, by one rename."""
    temporary = link.with_name(f".{link.name}.link")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    temporary.replace(link)
