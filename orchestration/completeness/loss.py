"""What a cycle shows in the last publication, so that a refresh that would show much less is stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Shown:
    """What a publication shows of a cycle.

    Attributes:
        members: sufficient Members.
        values: KPI values that they reported.
        instrument_answers: instruments that they answered about, summed over them.
    """

    members: int
    values: int
    instrument_answers: int


def shown_of(connection: duckdb.DuckDBPyConnection, cycle: str) -> Shown | None:
    """What a publication shows of a cycle; None where the cycle is not in it.

    Args:
        connection: of the publication's internal file.
        cycle: its name.
    """
    row = connection.execute(
        "select count(*), count(*) filter (where is_sufficient), coalesce(sum(n_reported) filter (where is_sufficient), 0), "
        "coalesce(sum(n_instruments_answered) filter (where is_sufficient), 0) "
        "from completeness.member_completeness where cycle = ?",
        [cycle],
    ).fetchone()
    if row is None or row[0] == 0:
        return None
    _, n_members, n_values, n_instrument_answers = row
    return Shown(int(n_members), int(n_values), int(n_instrument_answers))


def variables(published: Shown | None, *, is_loss_accepted: bool) -> dict[str, int | bool | None]:
    """What the suite `shows_no_less` is given, as variables of its SQL.

    Args:
        published: what the last publication shows of the cycle; None if nothing.
        is_loss_accepted: whether somebody accepted that the cycle shows less.
    """
    return {
        "published_members": None if published is None else published.members,
        "published_values": None if published is None else published.values,
        "published_instrument_answers": None if published is None else published.instrument_answers,
        "is_loss_accepted": is_loss_accepted,
    }
