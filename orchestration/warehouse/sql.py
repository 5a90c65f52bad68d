"""Text in SQL, where a statement takes no parameters."""

from __future__ import annotations


def literal(text: object) -> str:
    """Text as an SQL literal, with its quotes."""
    return "'" + str(text).replace("'", "''") + "'"
