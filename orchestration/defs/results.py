"""What runs come to, in words and classes that do not need Dagster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ENDED = "It was ended before it was done, by a signal (Ctrl-C, a stopped service); the same command begins it anew."


def failed(why: str) -> dict[str, Any]:
    """What is said of a refresh that could not say it itself, in the form of `Runner.refresh`."""
    return {"state": "failed", "counts": None, "checks": [], "withheld": {}, "errors": [why]}


@dataclass(frozen=True)
class CheckResult:
    """The result of one asset check of a run."""

    name: str
    is_passed: bool
    is_error: bool
    description: str

    @property
    def blocks(self) -> bool:
        """Whether it stopped the run."""
        return self.is_error and not self.is_passed
