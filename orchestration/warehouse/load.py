"""Loads a cycle's files into its build file: first the framework and the roster, then what Members sent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pyarrow as pa

from orchestration.intake.folder import entries
from orchestration.intake.received import read_cycle
from orchestration.warehouse.answer_tables import answer_tables
from orchestration.warehouse.archive import keep
from orchestration.warehouse.fingerprint import fingerprint, identity, note_loaded
from orchestration.warehouse.framework_tables import framework_tables
from orchestration.warehouse.held import connected
from orchestration.warehouse.raw_schema import LOADS
from orchestration.warehouse.raw_writer import create_raw_tables, write_raw_tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orchestration.inputs.cycles import Cycle
    from orchestration.intake.received import Intake


def load_framework(cycle: Cycle, file: Path) -> dict[str, int]:
    """Load the cycle, its roster and its framework.

    Args:
        cycle: to load.
        file: the build file; it is made if it is not there.

    Returns:
        rows by raw table.

    Raises:
        InputError: the cycle's own files can't be used.
    """
    return _write(cycle, file, framework_tables(cycle))


def load_submissions(
    cycle: Cycle, file: Path, progress: Callable[[int, int], None] | None = None
) -> tuple[Intake, dict[str, int]]:
    """Read every file that was received, judge every cell, and load what is good.

    Args:
        cycle: to load.
        file: the build file, with the framework loaded.
        progress: called with how many files are read, and how many there are.

    Returns:
        what was read, and rows by raw table.
    """
    # taken before reading: a file that lands meanwhile makes the next look find a change
    seen = fingerprint(cycle)
    intake = read_cycle(cycle, progress)
    made_of = identity(cycle, {file.file: file.sha256 for file in intake.files})
    loads = {"cycle": cycle.name, "loaded_at": dt.datetime.now(dt.UTC).replace(tzinfo=None), **made_of}
    tables = answer_tables(intake) | {"loads": pa.Table.from_pylist([loads], schema=LOADS.schema)}
    counts = _write(cycle, file, tables)
    paths = {entry.shown: entry.path for entry in entries(cycle.submissions)}
    keep(cycle, {one.file: (paths[one.file], one.sha256) for one in intake.files if one.file in paths})
    note_loaded(cycle, seen)
    return intake, counts


def load(cycle: Cycle, file: Path) -> None:
    """Load all of a cycle."""
    load_framework(cycle, file)
    load_submissions(cycle, file)


def _write(cycle: Cycle, file: Path, tables: dict[str, pa.Table]) -> dict[str, int]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with connected(file) as connection:
        create_raw_tables(connection)
        write_raw_tables(connection, cycle.name, tables)
    return {name: table.num_rows for name, table in tables.items()}
