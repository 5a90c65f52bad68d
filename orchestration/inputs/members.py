"""`raw/reference/members.csv`: all WCO Members, from which a new cycle's roster starts."""

from __future__ import annotations

from pydantic import Field

from orchestration.inputs.records import Record


class MemberRow(Record):
    """A row of `members.csv`; `groups` holds the other columns, among them those of the groupings."""

    member: str = Field(pattern=r"^[A-Z]{3}$")
    name: str
    groups: dict[str, str]
