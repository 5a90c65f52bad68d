"""The three forms of a submission, each with its reader and writer, and the choice between them by file name.

workbook.py    an .xlsx file per Member
sheet_xml.py   the XML in it, read quickly where that is safe
json_form.py   a JSON file per Member, described by submission.schema.json
export.py      the platform's two tables of all Members, as CSV or Parquet
draft.py       what their writers take
unreadable.py  what their readers raise where nothing of a file is read
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from typing import TYPE_CHECKING, BinaryIO, cast

from orchestration.intake.forms import export, json_form
from orchestration.intake.forms.unreadable import UnreadableError
from orchestration.intake.model import Form, Place, ReadFile, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator
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

IN_MEMORY = MOST_BYTES["json"]
"""A copy of a larger file is on the disk."""


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

    Raises:
        OSError: there is no room for the copy that is read, since somebody may write to the file meanwhile.
    """
    form = form_of(path)
    sha256, size = hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as copy:
        try:
            for piece in _pieces(path, MOST_BYTES[form]):
                sha256.update(piece)
                copy.write(piece)
                size += len(piece)
        except UnreadableError as fault:
            return ReadFile(shown, "", None, (), (Rejection(Place(shown), None, fault.rule, fault.message),))
        copy.seek(0)
        if not size:
            message = "The file is empty (0 bytes); send it again."
            return ReadFile(shown, sha256.hexdigest(), None, (), (Rejection(Place(shown), None, "empty_file", message),))
        return _read(cast("BinaryIO", copy), path, form, shown, sha256.hexdigest(), framework)


def _read(file: BinaryIO, path: Path, form: Form | None, shown: str, sha256: str, framework: Framework) -> ReadFile:
    if form == "json":
        return json_form.read(file.read(), shown, sha256)
    if form == "export":
        return export.read(file, path.name, shown, sha256)
    if form == "workbook":
        # openpyxl is only needed, and only imported, where a workbook is read
        from orchestration.intake.forms import workbook

        return workbook.read(file.read(), shown, sha256, framework)
    suffix = path.suffix.lower()
    hint = " An .xls workbook has to be saved as .xlsx." if suffix == ".xls" else ""
    message = (
        f"Files that end in {suffix or 'nothing'} are not a form of submission; send a workbook (.xlsx), JSON (.json) "
        f"or a platform export (.csv, .parquet).{hint}"
    )
    return ReadFile(shown, sha256, None, (), (Rejection(Place(shown), None, "unknown_form", message),))


def _pieces(path: Path, most: int) -> Iterator[bytes]:
    """A file's bytes; none are read of one that is too large, and none of what is no file."""
    try:
        # not blocking: the name may lead to a pipe by now, and nobody may write to it
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableError("unreadable_file", "The file can't be opened: it is not a file.")
            size = status.st_size
            while size <= most and (piece := file.read(export.PIECE_BYTES)):
                yield piece
                size = max(size, file.tell())
            if size > most:
                raise UnreadableError("file_too_large", f"The file has {size:,} bytes; one of its kind never has over {most:,}.")
    except OSError as error:
        message = f"The file can't be opened: {error.strerror}."
        raise UnreadableError("unreadable_file", message) from error
