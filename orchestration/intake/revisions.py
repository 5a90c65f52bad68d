"""Which submission of a Member counts: the latest revision, once. None is ever deleted.

Decided for KPIs and instruments apart, since a platform export sends them in two files: a workbook of revision 2 replaces
both lists of revision 1, a table of instrument answers of revision 2 only that list.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from orchestration.intake.model import Judged, Part, Rejection

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTS: tuple[Part, ...] = ("kpis", "instruments")
EARLIEST = dt.datetime.min


def which_count(judged: Sequence[Judged]) -> tuple[list[Judged], dict[tuple[str, Part], int]]:
    """Give every submission its state.

    Args:
        judged: all submissions of a cycle, in a fixed order.

    Returns:
        the submissions in the same order with their states; and by Member and part the index of the one that counts.
    """
    result = list(judged)
    _reject_conflicts(result)
    counts: dict[tuple[str, Part], int] = {}
    copies: dict[int, int] = {}
    for part in PARTS:
        members: dict[str, list[int]] = defaultdict(list)
        for index, one in enumerate(result):
            if one.state != "rejected" and part in one.submission.covers:
                members[one.submission.member].append(index)
        for member, indexes in members.items():
            latest = max(indexes, key=lambda i: (_order(result[i]), -i))
            same = [i for i in indexes if _is_copy(result[i], result[latest], part)]
            counts[member, part] = same[0]
            copies |= dict.fromkeys(same[1:], same[0])
    winners = set(counts.values())
    for index, one in enumerate(result):
        if one.state == "rejected" or index in winners:
            continue
        if index in copies:
            first = result[copies[index]].submission
            result[index] = replace(one, state="duplicate", reason=f"The same answers came in {first.file}.")
        else:
            parts = [p for p in one.submission.covers if (one.submission.member, p) in counts]
            later = result[counts[one.submission.member, parts[0]]].submission if parts else one.submission
            reason = f"Revision {later.revision} in {later.file} replaces it."
            result[index] = replace(one, state="superseded", reason=reason)
    return result, counts


def _order(one: Judged) -> tuple[int, dt.datetime]:
    return one.submission.revision, one.submission.submitted_at or EARLIEST


def _is_copy(one: Judged, other: Judged, part: Part) -> bool:
    return one is other or (one.submission.revision == other.submission.revision and one.said[part] == other.said[part])


def _reject_conflicts(result: list[Judged]) -> None:
    """Where two submissions differ but have one revision and time, nobody can tell which counts: neither loads."""
    same: dict[tuple[str, int, dt.datetime, Part], list[int]] = defaultdict(list)
    for index, one in enumerate(result):
        if one.state != "rejected":
            sent = one.submission
            for part in sent.covers:
                same[sent.member, sent.revision, sent.submitted_at or EARLIEST, part].append(index)
    conflicts: dict[int, set[int]] = defaultdict(set)
    for (_, _, _, part), indexes in same.items():
        if len({result[i].said[part] for i in indexes}) > 1:
            for index in indexes:
                conflicts[index] |= set(indexes) - {index}
    for index, others in conflicts.items():
        one = result[index]
        files = ", ".join(sorted({result[i].submission.file for i in others}))
        message = (
            f"{one.submission.member} sent different answers as revision {one.submission.revision} at one time, here and "
            f"in {files}; nobody can tell which counts. Send the right one as revision {one.submission.revision + 1}."
        )
        place = one.submission.place("revision")
        rejection = Rejection(place, str(one.submission.revision), "conflicting_revisions", message)
        result[index] = one.set_aside_whole(rejection)
