"""What follows from sums by adding and subtracting; two publications of one cycle are compared with it.

All equations are taken at once: a total follows from what is shown if and only if it is the same for every set of values that
agrees with the equations, that is if it is a sum of multiples of them, with nothing left over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEGLIGIBLE = 1e-7
"""Length below which what is left over of a unit vector is rounding."""
NEARLY = 1e-6
"""Square of the length above which it surely is not."""


def derivable(
    equations: Sequence[Mapping[str, float]],
    withheld: Mapping[str, Mapping[str, float]],
) -> list[str]:
    """Which withheld totals, and which single unknowns, follow from the equations.

    Args:
        equations: what is shown, each as unknown and coefficient; knowns are left out.
        withheld: what must not follow, by name, each as unknown and coefficient. Single unknowns are looked at too,
            under their own names, whether they stand in it or not.

    Returns:
        the names of what follows.
    """
    unknowns = sorted({u for e in [*equations, *withheld.values()] for u in e})
    index = {unknown: i for i, unknown in enumerate(unknowns)}
    if not unknowns:
        return []
    matrix = np.zeros((max(len(equations), 1), len(unknowns)))
    for row, equation in enumerate(equations):
        for unknown, coefficient in equation.items():
            matrix[row, index[unknown]] = coefficient
    # an orthonormal basis of what the equations say: as wide as there are equations, however many unknowns there are
    basis = linalg.orth(matrix.T)
    # of a single unknown, most are told at once by the length of their part in it
    parts = 1.0 - np.einsum("ij,ij->i", basis, basis)
    wanted = {name: {name: 1.0} for name, part in zip(unknowns, parts, strict=True) if part < NEARLY} | dict(withheld)
    found = []
    for name, total in wanted.items():
        vector = np.zeros(len(unknowns))
        for unknown, coefficient in total.items():
            vector[index[unknown]] = coefficient
        length = np.linalg.norm(vector)
        rest = vector - basis @ (basis.T @ vector)
        if length and np.linalg.norm(rest) / length < NEGLIGIBLE:
            found.append(name)
    return found
