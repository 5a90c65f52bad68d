"""What runs come to, in words and classes that do not need Dagster."""

from __future__ import annotations

from dataclasses import dataclass

ENDED = "It was ended before it was done, by a signal (Ctrl-C, a stopped service); the same command begins it anew."


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
