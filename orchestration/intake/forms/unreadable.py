"""What a form raises where nothing of a file is read."""

from __future__ import annotations


class UnreadableError(Exception):
    """Why a file is set aside whole.

    Attributes:
        rule: one of `rules.RULES`.
        message: a sentence that the sender can act on.
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule, self.message = rule, message
