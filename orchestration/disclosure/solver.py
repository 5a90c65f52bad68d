"""The linear programs of the search for worlds, solved by HiGHS (Huangfu and Hall 2018, Math. Prog. Comp. 10, 119 to 142).

They are small and there are thousands of them. HiGHS's own interface takes half a millisecond for one; scipy's, which brings
HiGHS along, takes four times as long for its checks and its answer's details.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import highspy
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_NODES = 500
"""Branches that are tried where values are whole numbers: a good solution is as welcome as the best."""
GAP = 0.01
"""How much more than the least it may cost, for the same reason."""


@cache
def _highs() -> highspy.Highs:
    """The solver, one a process: with one thread, it gives the same answer on every machine."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, bool | str | float] = {"output_flag": False, "threads": 1, "presolve": "off"}
    # figures give way, so that some solution is there at once: to look for a first one takes three quarters of the time
    options |= {f"mip_heuristic_run_{name}": False for name in ("feasibility_jump", "rens", "rins", "root_reduced_cost")}
    for name, value in {**options, "mip_heuristic_effort": 0.0, "mip_max_nodes": MOST_NODES, "mip_rel_gap": GAP}.items():
        highs.setOptionValue(name, value)
    return highs


@dataclass(frozen=True)
class Columns:
    """The coefficients of sums, by column, without those that are 0.

    Attributes:
        n_rows: sums.
        starts: where each column's coefficients begin; shape (n,).
        row: of each coefficient, rising in a column; shape (coefficients,).
        value: shape (coefficients,).
    """

    n_rows: int
    starts: NDArray[np.int32]
    row: NDArray[np.int32]
    value: NDArray[np.float64]

    @classmethod
    def of(cls, rows: NDArray[np.float64]) -> Columns:
        """Of a table of coefficients; shape (m, n)."""
        column, row = np.nonzero(rows.T)
        starts = np.searchsorted(column, np.arange(rows.shape[1]))
        return cls(len(rows), starts.astype(np.int32), row.astype(np.int32), rows[row, column])

    def beside(self, *others: Columns) -> Columns:
        """These and others, of the same sums, one after the other."""
        parts = (self, *others)
        first = np.cumsum([0, *(len(part.row) for part in parts[:-1])])
        starts = [part.starts + place for part, place in zip(parts, first, strict=True)]
        joined = (np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "value"))
        return Columns(self.n_rows, np.concatenate(starts).astype(np.int32), *joined)

    def opposite(self) -> Columns:
        """The same with the other sign."""
        return replace(self, value=-self.value)

    @classmethod
    def one_each(cls, n_rows: int) -> Columns:
        """A column for each sum, with 1 in it."""
        place = np.arange(n_rows, dtype=np.int32)
        return cls(n_rows, place, place, np.ones(n_rows))


def least(
    cost: NDArray[np.float64],
    columns: Columns,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    most: NDArray[np.float64],
    *,
    is_whole: NDArray[np.bool_],
) -> NDArray[np.float64] | None:
    """The cheapest numbers, none below zero, of which sums stay within limits.

    Args:
        cost: of one of each number; shape (n,).
        columns: coefficients of the m sums.
        low: how small each sum may be; shape (m,).
        high: how large; shape (m,).
        most: the largest that each number may be; shape (n,).
        is_whole: which of them are whole; shape (n,).

    Returns:
        shape (n,); None where there are none, or none is found.
    """
    n = len(cost)
    highs = _highs()
    highs.clearModel()
    highs.passModel(
        n,
        columns.n_rows,
        len(columns.row),
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        cost,
        np.zeros(n),
        most,
        low,
        high,
        columns.starts,
        columns.row,
        columns.value,
        is_whole.astype(np.int32),
    )
    highs.run()
    if highs.getInfo().primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        return None
    return np.array(highs.getSolution().col_value)
