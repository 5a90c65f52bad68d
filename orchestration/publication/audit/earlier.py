"""Whether what proves a publication leaves as it is what an audience has of earlier ones, and proves what these tell of, too.

A secret is safe only if the worlds that prove it agree with all that an intruder has: the earlier files as well. So each world is
tried on each of them as it is on the new one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from orchestration.publication.audit import answers, values
from orchestration.publication.audit.fingerprints import seen_by_audit
from orchestration.publication.audit.rows import SQL
from orchestration.publication.kept import NEXT, Publication
from orchestration.publication.narrowed import with_compared
from orchestration.publication.protection import proof
from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from orchestration.disclosure.audiences import Audience


@dataclass
class Earlier:
    """What was found on the files of earlier publications.

    Attributes:
        tried: the publications, by name.
        unread: those that could not be read: damaged, or made by code that wrote other tables.
        values, answers: what the audits of these have to know.
    """

    tried: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    values: values.Earlier = field(default_factory=values.Earlier)
    answers: answers.Earlier = field(default_factory=answers.Earlier)


def try_on_earlier(publication: Publication, audience: Audience, now: Collection[str]) -> Earlier:
    """Try the worlds of a publication on all that an audience has of the same cycles.

    Args:
        publication: that is audited.
        audience: whose files they are.
        now: the cycles that are audited.
    """
    found = Earlier()
    earlier = _earlier(publication, audience)
    if earlier and not _note_changed_before(publication, audience, found):
        found.unread += [one.name for one, _ in earlier]  # its proof was made before it spoke of earlier answers
        return found
    last = earlier[-1][0] if earlier and _has_passed(earlier[-1][0]) else None
    try:
        untried = _untried(publication, last, audience)
    except duckdb.Error:  # the last one is damaged: nothing is known of it
        untried = _untried(publication, None, audience)
    told: set[tuple[tuple[int, ...], str]] = set()
    for one, cycles in reversed(earlier):
        to_try = {number: cycle for number, cycle in untried if cycle in cycles.intersection(now)}
        what = (tuple(to_try), _told(one, audience, set(to_try.values())))
        try:
            # where several tell the same of what is tried, it need be tried on one of them only
            if to_try and what not in told:
                _try_on(publication, one, audience, list(to_try), found)
            told.add(what)
            found.tried.append(one.name)
        except duckdb.Error:
            found.unread.append(one.name)
    return found


def _earlier(publication: Publication, audience: Audience) -> list[tuple[Publication, set[str]]]:
    """The publications that an audience has, the oldest first, and the cycles whose figures in it are its own, and count."""
    folders = sorted(folder for folder in publication.folder.parent.iterdir() if folder.is_dir() and folder.name[0] != ".")
    found: list[tuple[Publication, set[str]]] = []
    for folder in folders:
        one = Publication(folder.name, folder)
        if publication.name != NEXT and one.name >= publication.name:
            break
        record = one.record
        if audience.name in record.released:  # whatever was shown of the cycle before
            for _, cycles in found:
                cycles.discard(record.cycle)
        found.append((one, set(record.cycles) - record.held.get(audience.name, {}).keys()))
    now = publication.record
    if audience.name in now.released:
        for _, cycles in found:
            cycles.discard(now.cycle)
    return found


def _told(publication: Publication, audience: Audience, cycles: Collection[str]) -> str:
    """What an audience has of cycles and those that they are compared with, in few characters, as the audit saw it then."""
    seen, names = seen_by_audit(publication), ["internal.duckdb", f"{audience.name}.duckdb"]
    if seen is None or not all(name in seen.figures for name in names):
        return publication.name  # nothing is known of it: it is looked at by itself
    near = sorted(with_compared(cycles, seen.compared))
    return repr([(cycle, *(seen.figures[name].get(cycle) for name in names)) for cycle in near])


def _has_passed(publication: Publication) -> bool:
    """Whether the audit of a publication has tried its worlds on earlier ones, and found nothing."""
    try:
        certificate = json.loads((publication.folder / "certificate.json").read_text(encoding="utf-8"))
        return bool(certificate["passed"]) and all("earlier" in one for one in certificate["audiences"].values())
    except (OSError, ValueError, KeyError):
        return False


def _note_changed_before(publication: Publication, audience: Audience, found: Earlier) -> bool:
    """Note whose earlier answers the worlds change: they know them, and so whether a world can be; whether the proof says so."""
    with attached(now=publication.folder / proof.FILE) as connection:
        is_said = "select count(*) from duckdb_tables() where database_name = 'now' and table_name = 'earlier_changes'"
        if not connection.execute(is_said).fetchall()[0][0]:
            return False
        rows = connection.execute(
            "select cycle, subject, measure, world, member from now.earlier_changes inner join now.subjects using (number) "
            "where audience = ?",
            [audience.name],
        ).fetchall()
    for cycle, subject, measure, world, member in rows:
        if measure is None:
            found.values.changed[cycle, subject, world].add(member)
        else:
            found.answers.changed[cycle, subject, measure, world].add(member)
    return True


def _untried(publication: Publication, last: Publication | None, audience: Audience) -> list[tuple[int, str]]:
    """Numbers and cycles of what has worlds, but of what the last publication's audit tried on all earlier ones, as it is."""
    files = {"now": publication.folder / proof.FILE, "candidate": publication.file("internal")}
    if last is not None:
        files |= {"last_internal": last.file("internal"), "last_proof": last.folder / proof.FILE}
    with attached(**files) as connection:
        connection.execute("create temp table audited_before (number bigint)")
        connection.execute("set variable audience = ?", [audience.name])
        if last is not None:
            connection.execute("insert into audited_before " + (SQL / "audited_before.sql").read_text(encoding="utf-8"))
        return connection.execute(
            "select number, cycle from now.subjects anti join audited_before using (number) where audience = ? order by all",
            [audience.name],
        ).fetchall()


def _try_on(publication: Publication, earlier: Publication, audience: Audience, numbers: Sequence[int], found: Earlier) -> None:
    """Try worlds, by their subjects' numbers, on an earlier publication."""
    files = {
        "internal": earlier.file("internal"),
        "shown": earlier.file(audience.name),
        "candidate": publication.file("internal"),
        "now": publication.folder / proof.FILE,
    }
    with attached(**files) as connection:
        connection.execute("attach ':memory:' as proof")
        connection.execute("create temp table levels as select unnest(?) as level", [list(audience.levels)])
        connection.execute("set variable audience = ?", [audience.name])
        connection.execute("create temp table untried as select unnest(?) as number", [list(numbers)])
        connection.execute(
            "create temp table narrowed as select cycle, kpi, member from candidate.kpi.member_kpi_values "
            "where disclosure not in (from levels)"
        )
        for statement in (SQL / "earlier_worlds.sql").read_text(encoding="utf-8").split(";\n"):
            connection.execute(statement)
        answers_that_were: dict[tuple[str, str, str | None], set[str]] = defaultdict(set)
        for cycle, subject, measure, member in connection.execute(
            "select cycle, subject, measure, member from answers_of_both inner join proof.subjects using (number) "
            "where answer_now is distinct from answer_then"
        ).fetchall():
            answers_that_were[cycle, subject, measure].add(member)
        kinds = {kind for (kind,) in connection.execute("select measure is null from proof.subjects").fetchall()}
        if True in kinds:
            values.try_on_earlier(connection, earlier.name, answers_that_were, found.values)
        if False in kinds:
            answers.try_on_earlier(connection, earlier.name, answers_that_were, found.answers)
