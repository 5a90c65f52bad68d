"""The audiences, and the levels of disclosure that reach each (docs/design.md section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from orchestration.inputs.framework.model import DISCLOSURES, Disclosure

AudienceName = Literal["public", "wco", "internal"]


@dataclass(frozen=True)
class Audience:
    """Who opens a file.

    Attributes:
        levels: the levels of disclosure whose answers and results it may see.
        is_protected: whether group results are suppressed for it; the Secretariat sees everything.
    """

    name: AudienceName
    description: str
    levels: tuple[Disclosure, ...]
    is_protected: bool


AUDIENCES: dict[AudienceName, Audience] = {
    "internal": Audience("internal", "the Secretariat", DISCLOSURES, is_protected=False),
    "wco": Audience("wco", "National Contact Points and peer reviewers of all Members", ("public", "wco"), is_protected=True),
    "public": Audience("public", "everybody", ("public",), is_protected=True),
}
"""All audiences, widest view first."""

PROTECTED = tuple(audience for audience in AUDIENCES.values() if audience.is_protected)
"""Those from whom group results are withheld where they would tell of single Members."""
