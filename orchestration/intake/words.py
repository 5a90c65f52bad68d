"""Fixed words as people write them: `In use`, `in-use` and `IN_USE` are all the word `in_use`."""

from __future__ import annotations

import re

BETWEEN = re.compile(r"[\s\-]+")


def as_word(text: str, allowed: tuple[str, ...]) -> str | None:
    """The fixed word that a text is, or None.

    Args:
        text: as sent; case does not count, nor whether spaces, hyphens or underscores join its parts.
        allowed: the fixed words.
    """
    word = BETWEEN.sub("_", text.strip()).lower()
    return word if word in allowed else None
