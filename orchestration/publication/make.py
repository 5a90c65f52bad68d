"""The order of a publication, whether a cycle was refreshed or an earlier publication's figures are brought back.

join_cycles   what is compared between cycles, of all of them in one file; dbt then builds in it what compares them
prepare       what is needed besides and does not wait for that: it may be done meanwhile
cut           the marts of all cycles, and from them the file and the package of each audience: the candidate, which nobody sees;
              a cycle whose new figures would tell a secret beside those that an audience has is held for it (`holding.py`)
audit         whether nothing withheld follows from the candidate; if something does, this is where it ends
publish       all files become current by one rename (`kept.py`)

The Dagster assets of `defs/assets/publication.py` are these steps.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
from filelock import FileLock

from orchestration.completeness import Shown, shown_of
from orchestration.disclosure.audiences import AUDIENCES, PROTECTED
from orchestration.inputs.records import InputError, Problem
from orchestration.publication import kept
from orchestration.publication.audience_file import write_audience_file
from orchestration.publication.digests import digests_of
from orchestration.publication.join import Sources, Unwritten, has_cycle, join_across, join_compared, join_files, join_rows
from orchestration.publication.kept import (
    RECORD,
    candidate,
    current,
    folder_of,
    get_publication,
    publications,
    read_record,
    record,
)
from orchestration.publication.package import write_package
from orchestration.publication.protection import proof
from orchestration.publication.reasons import Reason, refusal
from orchestration.publication.unchanged import intact
from orchestration.warehouse.build import NAME, build_of
from orchestration.warehouse.held import connected, remove
from orchestration.warehouse.private import closed

STAND_IN = "stand_in.duckdb"
"""Beside what is joined: the other cycles' rows, where the last publication can't be read."""
ROWS = "rows.duckdb"
"""Beside what is joined: the next internal file, without what compares cycles."""
INTACT = "intact.json"
"""Beside what is joined: by audience the files of the last publication's package that are as they were written."""
PREPARING = ".preparing"
"""Beside what is joined: the lock of who prepares."""

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from orchestration.disclosure.audiences import Audience, AudienceName
    from orchestration.inputs.cycles import Cycle
    from orchestration.inputs.home import Home
    from orchestration.publication.audit.leak import Leak
    from orchestration.publication.kept import Publication, Record, Restored
    from orchestration.publication.protection.tables import Protection
    from orchestration.publication.protection.touched import Touched
    from orchestration.warehouse.marts import Marts


def joined_folder(home: Home) -> Path:
    """Where cycles are compared; its file has the name that dbt builds in."""
    return folder_of(home) / ".joined"


@dataclass(frozen=True)
class Joined:
    """What was joined.

    Attributes:
        counts: rows of the cycle by table, as `schema.table`.
        said: what was found damaged and what was done about it, as sentences.
    """

    counts: dict[str, int]
    said: tuple[str, ...]


NO_REASON = Reason()


def join_cycles(
    home: Home,
    cycle: str,
    cycles: Collection[str],
    marts: Marts,
    restored: Restored | None = None,
    reason: Reason = NO_REASON,
) -> Joined:
    """Join what is compared between cycles.

    Args:
        home: whose marts are published.
        cycle: whose rows are new.
        cycles: that the home has; rows of others are left out.
        marts: what the tables and their columns are.
        restored: the earlier publication that the cycle's rows come from; None for the cycle's own build.
        reason: why, where somebody said so.

    Raises:
        InputError: the cycle was not built, or the earlier publication has no figures of it.
    """
    folder = joined_folder(home)
    remove(folder)
    closed(folder)
    said = kept.mend(home)
    record(home, folder, cycle, cycles, restored, reason)
    if current(home) is None and kept.link_of(home).is_symlink():  # there was one
        said += _stand_in(home, folder / STAND_IN, [c for c in cycles if c != cycle], marts)
    sources, what = _sources(home, read_record(folder))
    counts = join_compared(sources, folder / NAME, marts)
    if not counts.get("reference.cycles"):
        raise InputError(what, [Problem(home.shown(sources.file), None, None, f"it has no figures of {cycle}")])
    return Joined(counts, tuple(said))


def _stand_in(home: Home, target: Path, cycles: list[str], marts: Marts) -> list[str]:
    """Write what the last publication would have of other cycles, where it can't be read.

    Each comes from its build, else from the latest publication that shows it.

    Returns:
        where they come from, as sentences.
    """
    files, said = {}, []
    earlier = [publication for publication in reversed(publications(home)) if not publication.damage()]
    for cycle in cycles:
        places = [build_of(home, cycle).whole, *(publication.file("internal") for publication in earlier)]
        file = next((place for place in places if has_cycle(place, cycle)), None)
        if file is None:
            said.append(f"{cycle} is not shown until it is made anew: pmm refresh --cycle {cycle}.")
        else:
            files[cycle] = file
            said.append(f"The figures of {cycle} come from {home.shown(file)}.")
    join_files(files, target, marts)
    return said


def refused(home: Home, cycle: Cycle, reason: Reason) -> str | None:
    """Why a cycle is not refreshed today without a further word, as a sentence; None where it is."""
    is_published = published_of(home, cycle.name) is not None
    return refusal(cycle, reason, dt.datetime.now(dt.UTC).date(), is_published=is_published)


def published_of(home: Home, cycle: str) -> Shown | None:
    """What the last publication shows of a cycle; None if nothing, or nothing that can be read."""
    last = current(home)
    try:
        if last is None:
            return None
        with connected(last.file("internal"), read_only=True) as connection:
            return shown_of(connection, cycle)
    except (duckdb.Error, OSError):
        return None


def _sources(home: Home, new_record: Record) -> tuple[Sources, str]:
    """Where a publication's rows come from, and what can't be done without them."""
    last, restored = current(home), new_record.restored.get(new_record.cycle)
    if restored is None:
        file, what = build_of(home, new_record.cycle).whole, f"Cycle {new_record.cycle!r} was not built"
    else:
        file, what = get_publication(home, restored.publication).file("internal"), "Nothing can be brought back"
    if not file.exists():
        problem = f"no such file; pmm refresh --cycle {new_record.cycle} makes it"
        raise InputError(what, [Problem(home.shown(file), None, None, problem)])
    stand_in = joined_folder(home) / STAND_IN
    published = stand_in if stand_in.exists() else None if last is None else last.file("internal")
    if published is not None and published.samefile(file):
        file = published
    return Sources(new_record.cycle, file, published, tuple(c for c in new_record.cycles if c != new_record.cycle)), what


def prepare(home: Home, marts: Marts) -> dict[AudienceName, list[str]]:
    """Make ready what the next publication needs and what compares cycles is not needed for; it may be done beside that.

    Whoever comes first does it, and others wait.

    Args:
        home: whose cycles were joined.
        marts: what the tables and their columns are.

    Returns:
        by audience the files of the last publication's package that are as they were written.
    """
    folder, last = joined_folder(home), current(home)
    rows, note = folder / ROWS, folder / INTACT
    with FileLock(folder / PREPARING):
        if not (folder / RECORD).exists():  # this one was begun so late that the publication is cut
            return {}
        if not (rows.exists() and note.exists()):
            new_record = read_record(folder)
            sources, _ = _sources(home, new_record)
            # one that was killed may have left a part under a name of its own
            part = folder / f"{os.getpid()}.{ROWS}"
            with ThreadPoolExecutor() as pool:
                joining = pool.submit(join_rows, sources, part, marts)
                files = {name: intact(last, new_record.made_with, audience) for name, audience in AUDIENCES.items()}
                joining.result()
            part.replace(rows)
            note.write_text(json.dumps(files), encoding="utf-8")
        found: dict[AudienceName, list[str]] = json.loads(note.read_text(encoding="utf-8"))
    return found


def _write_internal(home: Home, new: Publication, sources: Sources, marts: Marts) -> dict[AudienceName, list[str]]:
    """Write the file with everything; returns what `prepare` does."""
    files = prepare(home, marts)
    (joined_folder(home) / ROWS).replace(new.file("internal"))
    join_across(sources, joined_folder(home) / NAME, new.file("internal"), marts)
    return files


def cut(home: Home, marts: Marts) -> Publication:
    """Make the files of all audiences from what was joined; nobody sees them before `publish`.

    Raises:
        InputError: nothing was joined.
    """
    folder, new = joined_folder(home), candidate(home)
    if not (folder / NAME).exists():
        problem = Problem(home.shown(folder / NAME), None, None, "no such file; run the steps from publication/joined on")
        raise InputError("There is nothing to publish", [problem])
    sources, _ = _sources(home, read_record(folder))
    remove(new.folder)
    closed(new.folder)
    shutil.copy(folder / RECORD, new.folder)
    last = current(home)
    with ThreadPoolExecutor() as pool:
        # what is shown is decided while the file with everything is written, and packed
        writing = pool.submit(_write_internal, home, new, sources, marts)
        packing = pool.submit(lambda: write_package(new, last, AUDIENCES["internal"], home, marts, writing.result()["internal"]))
        decided, touched = _decide(home, new, last, Unwritten(sources, folder / NAME, marts))
        files = writing.result()
        remove(folder)
        done = [
            *(pool.submit(_cut_one, home, new, last, one, marts, decided[one.name], files[one.name]) for one in PROTECTED),
            pool.submit(_note_proof, new, decided, touched),
            packing,
        ]
        for one in done:
            one.result()
    kept.note_digests(new, *digests_of(new))
    kept.note_hashes(new)
    return new


def _decide(
    home: Home, new: Publication, last: Publication | None, internal: Unwritten
) -> tuple[dict[AudienceName, Protection], Touched | None]:
    """Decide what each protected audience is shown, and what is held; returns as well what a refresh touches."""
    # what this needs takes a while to import, and nothing else here needs it
    from orchestration.publication.holding import held_cycles, releases_of
    from orchestration.publication.protection.protect import protect
    from orchestration.publication.protection.touched import touched_by

    known, touched, held_before = proof.NO_PROOF, None, {} if last is None else last.record.held
    if last is not None:
        with suppress(duckdb.Error, OSError):  # where it is damaged, the worlds are looked for anew
            anew, last_proof = {new.record.cycle}.union(*held_before.values()), last.folder / proof.FILE
            found = touched_by(anew, new.record.cycles, internal, last.file("internal"), last_proof)
            known, touched = proof.read_proof(last_proof, None if found is None else found.cycles), found
    # of what was held, other worlds may have been found than its figures need
    proofs = {one.name: known.without(held_before.get(one.name, {})) for one in PROTECTED}
    decided = protect(internal, proofs, releases_of(home, new.record), touched)
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    kept.note_held(new, held_cycles(decided, last, now))
    return decided, touched


def _note_proof(new: Publication, decided: Mapping[AudienceName, Protection], touched: Touched | None) -> None:
    """Write the worlds that prove what is decided; they stay beside the publication."""
    taken = () if touched is None else (touched.proof, touched.kept)
    proof.write_proof(new.folder / proof.FILE, decided, new.record.cycles, *taken)


def _cut_one(
    home: Home,
    new: Publication,
    last: Publication | None,
    audience: Audience,
    marts: Marts,
    protection: Protection,
    files: list[str],
) -> None:
    write_audience_file(new.file("internal"), new.file(audience.name), audience, marts, protection)
    record = new.record
    if last is not None and (held := record.held.get(audience.name)):
        from orchestration.publication.holding import put_back

        put_back(new.file(audience.name), last.file(audience.name), held, record.cycle, marts)
    write_package(new, last, audience, home, marts, files)


def audit(publication: Publication, marts: Marts, last: Publication | None = None) -> dict[str, list[Leak]]:
    """What the files of the protected audiences show and should not, by audience; a certificate says what was tried.

    Args:
        publication: whose files are finished.
        marts: what each column declares it is shown with.
        last: the publication before it; cycles that are as they were then are not looked at again. None to look at everything.
    """
    # the audit needs scipy, which takes a while to import, and nothing else here does
    from orchestration.publication.audit.audit import audit as look
    from orchestration.publication.audit.certificate import write_certificate
    from orchestration.publication.audit.fingerprints import seen_in

    seen = seen_in(publication)
    found = look(publication, marts, seen, last)
    write_certificate(publication, found, seen)
    return {audience: audited.leaks for audience, audited in found.items()}
