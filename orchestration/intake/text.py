"""Text of strangers, made fit to be stored and shown."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text; halves of characters, which can't be stored, are written out as a backslash and their number."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text
