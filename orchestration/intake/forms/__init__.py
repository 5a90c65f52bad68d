"""The three forms of a submission, each with its reader and writer, and the choice between them by file name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from orchestration.intake.forms import export, json_form
from orchestration.intake.model import Place, ReadFile, Rejection

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.inputs.framework import Framework

MAX_BYTES = 50 * 2**20
"""A submission is some hundred kilobytes, an export of all Members a few megabytes; past this it is something else."""


def read_file(path: Path, shown: str, framework: Framework) -> ReadFile:
    """Read one file as received; never raises for what the file holds.

    Args:
        path: the file.
        shown: its name in messages and tables.
        framework: whose KPIs and instruments the form has places for.

    Returns:
        its submissions, and what could not be read; a file that can't be read at all has one rejection.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        rejection = Rejection(Place(shown), None, "unreadable_file", f"The file can't be opened: {error.strerror}.")
        return ReadFile(shown, "", None, (), (rejection,))
    sha256 = hashlib.sha256(data).hexdigest()

    def set_aside(rule: str, message: str) -> ReadFile:
        return ReadFile(shown, sha256, None, (), (Rejection(Place(shown), None, rule, message),))

    if not data:
        return set_aside("empty_file", "The file is empty (0 bytes); send it again.")
    if len(data) > MAX_BYTES:
        return set_aside("file_too_large", f"The file has {len(data):,} bytes; a submission never has over {MAX_BYTES:,}.")
    suffix = path.suffix.lower()
    if suffix == ".json":
        return json_form.read(data, shown, sha256)
    if suffix in (".csv", ".parquet"):
        return export.read(data, path.name, shown, sha256)
    if suffix in (".xlsx", ".xlsm"):
        # openpyxl is only needed, and only imported, where a workbook is read
        from orchestration.intake.forms import workbook

        return workbook.read(data, shown, sha256, framework)
    hint = " An .xls workbook has to be saved as .xlsx." if suffix == ".xls" else ""
    return set_aside(
        "unknown_form",
        f"Files that end in {suffix or 'nothing'} are not a form of submission; send a workbook (.xlsx), JSON (.json) "
        f"or a platform export (.csv, .parquet).{hint}",
    )
