"""The order of a publication, whether a cycle was refreshed or an earlier publication's figures are brought back.

join_cycles   what is compared between cycles, of all of them in one file; dbt then builds in it what compares them
cut           the marts of all cycles, and from them the file and the package of each audience: the candidate, which nobody sees
audit         whether nothing withheld follows from the candidate; if something does, this is where it ends
differences   what of single Members follows from the candidate and the last publication together; a warning
publish       all files become current by one rename (`kept.py`)

The Dagster assets of `defs/assets/publication.py` are these steps.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from orchestration.disclosure.audiences import AUDIENCES, PROTECTED
from orchestration.inputs.records import InputError, Problem
from orchestration.publication.audience_file import write_audience_file
from orchestration.publication.join import Sources, join_all, join_compared
from orchestration.publication.kept import (
    RECORD,
    candidate,
    current,
    folder_of,
    get_publication,
    read_record,
    record,
)
from orchestration.publication.package import write_package
from orchestration.warehouse.build import NAME, build_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from orchestration.disclosure.audiences import Audience
    from orchestration.inputs.home import Home
    from orchestration.publication.audit import Leak
    from orchestration.publication.kept import Publication, Record, Restored
    from orchestration.warehouse.marts import Marts


def joined_folder(home: Home) -> Path:
    """Where cycles are compared; its file has the name that dbt builds in."""
    return folder_of(home) / ".joined"


def join_cycles(
    home: Home, cycle: str, cycles: Collection[str], marts: Marts, restored: Restored | None = None
) -> dict[str, int]:
    """Join what is compared between cycles.

    Args:
        home: whose marts are published.
        cycle: whose rows are new.
        cycles: that the home has; rows of others are left out.
        marts: what the tables and their columns are.
        restored: the earlier publication that the cycle's rows come from; None for the cycle's own build.

    Returns:
        rows of the cycle by table, as `schema.table`.

    Raises:
        InputError: the cycle was not built, or the earlier publication has no figures of it.
    """
    folder = joined_folder(home)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    record(home, folder, cycle, cycles, restored)
    sources, what = _sources(home, read_record(folder))
    counts = join_compared(sources, folder / NAME, marts)
    if not counts.get("reference.cycles"):
        raise InputError(what, [Problem(home.shown(sources.file), None, None, f"it has no figures of {cycle}")])
    return counts


def _sources(home: Home, of: Record) -> tuple[Sources, str]:
    """Where a publication's rows come from, and what can't be done without them."""
    last, restored = current(home), of.restored.get(of.cycle)
    if restored is None:
        file, what = build_of(home, of.cycle).whole, f"Cycle {of.cycle!r} was not built"
    else:
        file, what = get_publication(home, restored.publication).file("internal"), "Nothing can be brought back"
    if not file.exists():
        problem = f"no such file; pmm refresh --cycle {of.cycle} makes it"
        raise InputError(what, [Problem(home.shown(file), None, None, problem)])
    published = None if last is None else last.file("internal")
    if published is not None and published.samefile(file):
        file = published
    return Sources(of.cycle, file, published, tuple(c for c in of.cycles if c != of.cycle)), what


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
    shutil.rmtree(new.folder, ignore_errors=True)
    new.folder.mkdir(parents=True)
    shutil.copy(folder / RECORD, new.folder)
    join_all(sources, folder / NAME, new.file("internal"), marts)
    shutil.rmtree(folder)
    last = current(home)
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(_cut_one, home, new, last, audience, marts) for audience in AUDIENCES.values()]:
            done.result()
    return new


def _cut_one(home: Home, new: Publication, last: Publication | None, audience: Audience, marts: Marts) -> None:
    if audience.is_protected:
        write_audience_file(new.file("internal"), new.file(audience.name), audience, marts)
    write_package(new, last, audience, home, marts)


def audit(publication: Publication, marts: Marts) -> dict[str, list[Leak]]:
    """What follows from the files of the protected audiences and should not, by audience."""
    # the audit and the differences need scipy, which takes a while to import, and nothing else here does
    from orchestration.publication.audit import audit_file

    return {
        audience.name: audit_file(publication.file("internal"), publication.file(audience.name), audience, marts)
        for audience in PROTECTED
    }


def differences(last: Publication, new: Publication) -> dict[str, list[Leak]]:
    """What of single Members follows from two publications together, by protected audience."""
    from orchestration.publication.differencing import follows_from_both

    return {
        audience.name: follows_from_both(
            last.file("internal"), last.file(audience.name), new.file("internal"), new.file(audience.name)
        )
        for audience in PROTECTED
    }
