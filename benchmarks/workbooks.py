"""Workbooks: reading and judging many of them, all rules applied, against `pandas.read_excel` with openpyxl of the same files.

pandas gives a sheet's values, and nothing of formats, formulas, merged and hidden cells, of which the warehouse says what it did
not take and why.
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING
from zipfile import is_zipfile

import pandas as pd

from orchestration.inputs.cycles import get_cycle
from orchestration.intake.folder import entries
from orchestration.intake.processes import read_apart
from orchestration.intake.received import known_members
from orchestration.warm.workers import warm_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orchestration.inputs.home import Home

N_FILES = 1_000
OURS, PANDAS, PANDAS_ALL = "read and judged, on all processors", "pandas.read_excel, on one", "pandas.read_excel, on all"


def read_values(path: Path) -> int:
    """The values of a workbook's sheets by pandas; returns how many rows there are."""
    return sum(map(len, pd.read_excel(path, sheet_name=None, engine="openpyxl").values()))


def measure(home: Home, cycle: str, folder: Path) -> dict[str, Callable[[], None]]:
    """What is measured, by name: each reads the same files, copies of a sample cycle's workbooks.

    Args:
        home: with the sample cycle.
        cycle: its name.
        folder: for the copies; it must not be there yet.
    """
    # a sample has files that are none, whatever their names say
    workbooks = [path for path in sorted((home.cycles / cycle / "submissions").rglob("*.xlsx")) if is_zipfile(path)]
    folder.mkdir()
    for number in range(N_FILES):
        shutil.copy(workbooks[number % len(workbooks)], folder / f"{number:04}.xlsx")
    found, of_cycle, members = entries(folder), get_cycle(home, cycle), known_members(home)
    paths = [entry.path for entry in found]
    warm_up()

    def ours() -> None:
        defects = [read.defect for read in read_apart(found, of_cycle, members) if read.defect]
        if defects:
            raise RuntimeError(defects[0])

    def pandas_on_all() -> None:
        with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            list(pool.map(read_values, paths, chunksize=10))

    def pandas_on_one() -> None:
        for path in paths:
            read_values(path)

    return {OURS: ours, PANDAS: pandas_on_one, PANDAS_ALL: pandas_on_all}
