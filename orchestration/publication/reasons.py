"""Why a cycle is refreshed where it should not be without a reason; the publication keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from orchestration.inputs.cycles import Cycle


@dataclass(frozen=True)
class Reason:
    """What whoever started a refresh gave.

    Attributes:
        text: why; empty where nothing was said.
        accepts_loss: whether the cycle may show much less than the last publication does, or nobody at all.
        releases: audiences for which the cycle is released, where it is held.
    """

    text: str = ""
    accepts_loss: bool = False
    releases: tuple[str, ...] = ()


def refusal(cycle: Cycle, reason: Reason, day: dt.date, *, is_published: bool) -> str | None:
    """Why a cycle is not refreshed without a further word, as a sentence; None where it is.

    Args:
        cycle: to refresh.
        reason: that was given.
        day: on which.
        is_published: whether the last publication shows the cycle; what shows nothing yet can be made at any time.
    """
    if reason.text:
        return None
    if reason.releases:
        return "A cycle is released with a reason only: --reason WHY; in Dagster the configuration of load_framework."
    if reason.accepts_loss:
        return "A loss is accepted with a reason only: --reason WHY; in Dagster the configuration of load_framework."
    if is_published and day > cycle.file.closes:
        return (
            f"{cycle.name} closed on {cycle.file.closes} and is published. Say why its figures are made anew: "
            f"pmm refresh --cycle {cycle.name} --reason WHY; in Dagster the configuration of load_framework. It is kept."
        )
    return None
