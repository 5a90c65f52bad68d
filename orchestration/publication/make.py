"""The order of a publication, whether a cycle was refreshed or an earlier publication's figures are brought back.

join_cycles   one file with the marts of all cycles; dbt then builds in it what compares them
cut           from it the file and the package of each audience: the candidate, which nobody sees yet
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
from orchestration.publication.join import join
from orchestration.publication.kept import (
    RECORD,
    candidate,
    current,
    folder_of,
    get_publication,
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
    from orchestration.publication.kept import Publication, Restored
    from orchestration.warehouse.marts import Marts


def joined_folder(home: Home) -> Path:
    """Where the marts of all cycles are joined; its file has the name that dbt builds in."""
    return folder_of(home) / ".joined"


def join_cycles(
    home: Home, cycle: str, cycles: Collection[str], marts: Marts, restored: Restored | None = None
) -> dict[str, int]:
    """Join the marts of all cycles in one file.

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
    last, folder = current(home), joined_folder(home)
    if restored is None:
        source, what = build_of(home, cycle).whole, f"Cycle {cycle!r} was not built"
    else:
        source, what = get_publication(home, restored.publication).file("internal"), "Nothing can be brought back"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if not source.exists():
        raise InputError(what, [Problem(home.shown(source), None, None, f"no such file; pmm refresh --cycle {cycle} makes it")])
    published = None if last is None else last.file("internal")
    if published is not None and published.samefile(source):
        source = published
    counts = join(source, published, folder / NAME, cycle, cycles, marts)
    if not counts.get("reference.cycles"):
        raise InputError(what, [Problem(home.shown(source), None, None, f"it has no figures of {cycle}")])
    record(home, folder, cycle, restored)
    return counts


def cut(home: Home, marts: Marts) -> Publication:
    """Make the files of all audiences from the joined file; nobody sees them before `publish`.

    Raises:
        InputError: nothing was joined.
    """
    folder, new = joined_folder(home), candidate(home)
    if not (folder / NAME).exists():
        problem = Problem(home.shown(folder / NAME), None, None, "no such file; run the steps from publication/joined on")
        raise InputError("There is nothing to publish", [problem])
    shutil.rmtree(new.folder, ignore_errors=True)
    new.folder.mkdir(parents=True)
    (folder / RECORD).replace(new.folder / RECORD)
    (folder / NAME).replace(new.file("internal"))
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(_cut_one, home, new, audience, marts) for audience in AUDIENCES.values()]:
            done.result()
    return new


def _cut_one(home: Home, new: Publication, audience: Audience, marts: Marts) -> None:
    if audience.is_protected:
        write_audience_file(new.file("internal"), new.file(audience.name), audience, marts)
    write_package(new.file(audience.name), new.folder / audience.name, audience, home, marts)


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
