"""The linear programs, against scipy's: the same costs, and the same columns."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import optimize, sparse

from orchestration.disclosure.solver import GAP, Columns, least

COEFFICIENTS = st.sampled_from([0.0, 0.0, 1.0, -1.0, 0.5, 3.0])


@given(rows=arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 7)), elements=COEFFICIENTS))
def test_columns_are_those_of_a_sparse_table(rows: np.ndarray) -> None:
    n_rows = len(rows)
    own = Columns.of(rows)
    found = own.beside(own.opposite(), Columns.one_each(n_rows))
    expected = sparse.csc_array(np.hstack([rows, -rows, np.eye(n_rows)]))
    assert found.starts.tolist() == expected.indptr[:-1].tolist()
    assert found.row.tolist() == expected.indices.tolist()
    assert found.value.tolist() == expected.data.tolist()
    assert found.n_rows == n_rows


@given(
    rows=arrays(float, (3, 5), elements=COEFFICIENTS),
    cost=arrays(float, 5, elements=st.floats(0.1, 5)),
    truth=arrays(float, 5, elements=st.integers(0, 4).map(float)),
    half=st.floats(0, 2),
    is_whole=st.booleans(),
)
def test_the_least_cost_is_that_of_another_interface(
    rows: np.ndarray, cost: np.ndarray, truth: np.ndarray, half: float, is_whole: bool
) -> None:
    # `truth` keeps the limits, so that there is a solution
    low, high, most = rows @ truth - half, rows @ truth + half, np.full(5, 6.0)
    found = least(cost, Columns.of(rows), low, high, most, is_whole=np.full(5, is_whole))
    best = optimize.milp(
        cost,
        integrality=np.full(5, is_whole),
        bounds=optimize.Bounds(0, most),
        constraints=optimize.LinearConstraint(rows, low, high),
    )
    assert found is not None
    assert best.fun is not None
    assert (rows @ found >= low - 1e-6).all()
    assert (rows @ found <= high + 1e-6).all()
    assert cost @ found <= best.fun * (1 + (GAP if is_whole else 0)) + 1e-6
