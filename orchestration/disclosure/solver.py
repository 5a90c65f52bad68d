"""The linear programs of the search for worlds, solved by HiGHS (Huangfu and Hall 2018, Math. Prog. Comp. 10, 119 to 142).

They are small and there are thousands of them. HiGHS's own interface takes half a millisecond for one; scipy's, which brings
HiGHS along, takes four times as long for its checks and its answer's details.
"""

from __future__ import annotations

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


def least(
    cost: NDArray[np.float64],
    rows: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    most: NDArray[np.float64],
    *,
    is_whole: NDArray[np.bool_],
) -> NDArray[np.float64] | None:
    """The cheapest numbers, none below zero, of which sums stay within limits.

    Args:
        cost: of one of each number; shape (n,).
        rows: coefficients of the sums; shape (m, n).
        low: how small each sum may be; shape (m,).
        high: how large; shape (m,).
        most: the largest that each number may be; shape (n,).
        is_whole: which of them are whole; shape (n,).

    Returns:
        shape (n,); None where there are none, or none is found.
    """
    m, n = rows.shape
    row, column = np.nonzero(rows)
    starts = np.concatenate([[0], np.bincount(row, minlength=m).cumsum()]).astype(np.int32)
    highs = _highs()
    highs.clearModel()
    highs.passModel(
        n,
        m,
        len(column),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        cost,
        np.zeros(n),
        most,
        low,
        high,
        starts,
        column.astype(np.int32),
        rows[row, column],
        is_whole.astype(np.int32),
    )
    highs.run()
    if highs.getInfo().primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        return None
    return np.array(highs.getSolution().col_value)
