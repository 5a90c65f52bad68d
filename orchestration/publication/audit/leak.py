"""What the audit finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Leak:
    """Something that the audience may not see and that its file shows, or that was not proved not to follow from it.

    Attributes:
        table: where it shows, or the table whose figures tell it.
        place: cycle, KPI or instrument, group or Member.
        what: what is wrong, in a sentence.
    """

    table: str
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.table}, {self.place}: {self.what}"
