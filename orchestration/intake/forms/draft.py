"""What the writers of the forms take: the answers of one Member, as its National Contact Point would fill them in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Draft:
    """The answers of one Member.

    Attributes:
        member: alpha-3.
        name: the Member's name.
        revision: 1 for the first submission.
        submitted_at: UTC; None leaves it blank.
        kpis: by KPI: `status`, `disclosure` and the figures that are filled in, by field.
        instruments: by instrument: `aware` and `usage`, where filled in.
    """

    member: str
    name: str
    revision: int
    submitted_at: dt.datetime | None
    kpis: dict[str, dict[str, str | int | float]] = field(default_factory=dict)
    instruments: dict[str, dict[str, str]] = field(default_factory=dict)
