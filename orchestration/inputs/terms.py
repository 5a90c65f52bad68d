"""`raw/reference/terms.toml`: under what name and licence the files are published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.inputs.records import Record, read_optional_toml

if TYPE_CHECKING:
    from pathlib import Path


class Licence(Record):
    """A licence as a data package names it: https://specs.frictionlessdata.io/data-package/#licenses."""

    name: str
    title: str
    path: str | None = None


class Terms(Record):
    """The file; these are what holds where it is missing."""

    title: str = "WCO Performance Measurement Mechanism"
    licence: Licence = Licence(name="notspecified", title="Licence not specified")


def read_terms(path: Path) -> Terms:
    """Read the terms.

    Raises:
        InputError: the file is wrong.
    """
    return read_optional_toml(path, Terms, "The terms of publication can't be used")
