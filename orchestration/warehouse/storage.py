"""What to say where the disk is full or a folder can't be written, in whatever library's words the error came."""

from __future__ import annotations

SAID = {
    "The disk is full": ("No space left on device", "disk is full", "database or disk is full", "Disk quota exceeded"),
    "The folder can't be written": (
        "Read-only file system",
        "readonly database",
        "read-only",
        "Permission denied",
        "unable to open database file",
    ),
    "The disk can't be written": ("disk I/O error", "Input/output error"),
}
"""What is wrong, by the words that the operating system, DuckDB, SQLite and Python say it with."""
TO_DO = {
    "The disk is full": "Free some space: pmm publications says what the kept ones take.",
    "The folder can't be written": "Give whoever runs this the right to write below warehouse/ and raw/cycles/.",
    "The disk can't be written": "See that it has space, and is sound.",
}


def storage_problem(error: BaseException | str) -> str | None:
    """Whether an error says that something could not be stored.

    Args:
        error: or its message.

    Returns:
        what is wrong and what to do, as sentences; None where it is another error.
    """
    texts, one = [], error
    while isinstance(one, BaseException):
        texts.append(str(one))
        one = one.__cause__ or one.__context__ or ""
    texts.append(str(one))
    for problem, words in SAID.items():
        for text in texts:
            if any(word.lower() in text.lower() for word in words):
                line = next(line for line in text.splitlines() if any(word.lower() in line.lower() for word in words))
                return f"{problem} ({line.strip()[:300]}). {TO_DO[problem]} What was published is as it was."
    return None
