"""The three forms of a submission, each with its reader and writer, and the choice between them by file name."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

from orchestration.intake.forms import export, json_form
from orchestration.intake.model import Form, Place, ReadFile, Rejection

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.inputs.framework import Framework

FORM_OF: dict[str, Form] = {
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".json": "json",
    ".csv": "export",
    ".parquet": "export",
}
MOST_BYTES: dict[Form | None, int] = {"workbook": 20 * 2**20, "json": 20 * 2**20, "export": 2 * 2**30, None: 2**30}
"""A submission of one Member is some hundred kilobytes; an export grows with the Members. Past this it is something else."""


def form_of(path: Path) -> Form | None:
    """The form that a file's name says it has; None for another kind of file."""
    return FORM_OF.get(path.suffix.lower())


def read_file(path: Path, shown: str, framework: Framework) -> ReadFile:
    """Read one file as received; never raises for what the file holds.

    Args:
        path: the file.
        shown: its name in messages and tables.
        framework: whose KPIs and instruments the form has places for.

    Returns:
        its submissions, and what could not be read; a file that can't be read at all has one rejection.
    """
    form = form_of(path)
    most = MOST_BYTES[form]
    try:
        data, size = _content(path, most)
    except OSError as error:
        rejection = Rejection(Place(shown), None, "unreadable_file", f"The file can't be opened: {error.strerror}.")
        return ReadFile(shown, "", None, (), (rejection,))
    sha256 = hashlib.sha256(data).hexdigest()

    def set_aside(rule: str, message: str) -> ReadFile:
        return ReadFile(shown, sha256, None, (), (Rejection(Place(shown), None, rule, message),))

    if not data:
        return set_aside("empty_file", "The file is empty (0 bytes); send it again.")
    if size > most:
        message = f"The file has {size:,} bytes; one of its kind never has over {most:,}."
        return ReadFile(shown, "", None, (), (Rejection(Place(shown), None, "file_too_large", message),))
    if form == "json":
        return json_form.read(data, shown, sha256)
    if form == "export":
        return export.read(data, path.name, shown, sha256)
    if form == "workbook":
        # openpyxl is only needed, and only imported, where a workbook is read
        from orchestration.intake.forms import workbook

        return workbook.read(data, shown, sha256, framework)
    suffix = path.suffix.lower()
    hint = " An .xls workbook has to be saved as .xlsx." if suffix == ".xls" else ""
    return set_aside(
        "unknown_form",
        f"Files that end in {suffix or 'nothing'} are not a form of submission; send a workbook (.xlsx), JSON (.json) "
        f"or a platform export (.csv, .parquet).{hint}",
    )


def _content(path: Path, most: int) -> tuple[bytes, int]:
    """A file's bytes and size; no bytes are read of one that is too large, and none of what is no file."""
    # not blocking: the name may lead to a pipe by now, and nobody may write to it
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is not a file")
        if status.st_size > most:
            return b"-", status.st_size
        data = file.read(status.st_size + 1)
    return data, len(data)
