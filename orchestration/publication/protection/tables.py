"""What is decided, as rows of the tables that say what is shown; `audience_file.py` joins them to the marts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from orchestration.disclosure.changes import Changes
    from orchestration.disclosure.values import Shown

EXTREMES = "extremes"
"""Word of `suppression` where only least and largest value are withheld, as they always are."""
ROUNDED, CLASS = "rounded", "class"
"""Words of `suppression` where counts are rounded, and where a correlation is a class: nothing more is withheld."""

FIGURES = ("mean", "shape", "q1", "median", "q3", "judgement")
TABLES: dict[str, pa.Schema] = {
    name: pa.schema([(column, pa.bool_() if column.startswith("is_") else pa.string()) for column in columns])
    for name, columns in {
        "values": ("cycle", "member", "kpi"),
        "kpi_cells": ("cycle", "kpi", "grouping", "group_name", *(f"is_{figure}_shown" for figure in FIGURES), "suppression"),
        "panel_sides": ("cycle", "of_cycle", "previous_cycle", "kpi", "grouping", "group_name", "is_shown"),
        "instrument_cells": ("cycle", "instrument", "grouping", "group_name", "measure", "suppression"),
        "correlations": ("cycle", "instrument", "kpi"),
        "classes": ("cycle", "instrument", "kpi", "measure", "is_significance_shown"),
    }.items()
}
"""What is decided, by `Protection`'s name of it: columns, the first of which is the cycle that it was decided for."""


@dataclass(frozen=True)
class Worlds:
    """Worlds that prove what is shown of one subject: what some Members could have answered as well.

    Attributes:
        subject: audience, cycle and KPI; or audience, cycle, instrument and measure.
        key: what they were found for: where it is the same again, so are they.
        members: shape (n,).
        changes: of their answers: values, or answers as numbers.
        earlier: number of a world, Member, what it had answered in an earlier publication, and what it could have; of answers
            that are no longer the same, where they are not the true ones.
    """

    subject: tuple[str, ...]
    key: str
    members: tuple[str, ...]
    changes: Changes
    earlier: tuple[EarlierChange, ...] = ()


EarlierChange = tuple[int, str, float, float]
"""Number of a world, Member, what it had answered, and what it could have."""


@dataclass(frozen=True)
class Beside:
    """What was found of a publication and earlier ones together.

    Attributes:
        answers: Member and value of all of them.
        worlds: of these; shape (worlds, answers).
        is_safe: whether the worlds prove all secrets safe, and all that was released has the same digits in them.
    """

    answers: tuple[tuple[str, float], ...]
    worlds: NDArray[np.float64]
    is_safe: bool


@dataclass(frozen=True)
class ShownKpi:
    """What an audience is shown of a KPI in a cycle, as narrower audiences and correlations need it.

    Attributes:
        members: that reported; shape (n,).
        values: theirs; shape (n,).
        is_hidden: whose values are not shown; shape (n,).
        shown: the figures that are.
        changes: the worlds that prove it.
        beside: what was found of earlier publications with it, where the audience has any that say otherwise.
    """

    members: tuple[str, ...]
    values: NDArray[np.float64]
    is_hidden: NDArray[np.bool_]
    shown: Shown
    changes: Changes
    beside: Beside | None = None

    @property
    def has_hidden(self) -> bool:
        """Whether the audience does not know all values."""
        return bool(self.is_hidden.any())

    @property
    def is_shape_shown(self) -> bool:
        """Whether deviation and skewness over all Members are shown."""
        return bool(self.shown.shape[0])


@dataclass
class Protection:
    """What an audience is shown.

    The rows of `TABLES` are of the cycles that were decided anew; `kept` has those of the others.

    Attributes:
        values: cycle, member, kpi of a single Member's answer that is withheld beside those that must be.
        kpi_cells: cycle, kpi, grouping, group_name, is_mean_shown, is_shape_shown, is_q1_shown, is_median_shown,
            is_q3_shown, is_judgement_shown, suppression.
        panel_sides: cycle, of_cycle, previous_cycle, kpi, grouping, group_name, is_shown: whether a panel can be shown for the
            sake of the values of either of its cycles; it is shown where it can be for both.
        instrument_cells: cycle, instrument, grouping, group_name, measure, suppression: those that are withheld.
        correlations: cycle, instrument, kpi of those that are withheld, since this audience or a wider one knows the answers
            on the instrument, and not all values of the KPI: each correlation is an equation in these, and there are many.
        classes: cycle, instrument, kpi, measure, is_significance_shown of correlations with answers that the audience may not
            see: what is shown of them is a class.
        shown: what is shown of KPIs, by cycle and KPI.
        worlds: that prove it.
        unsafe: cycle, and the first KPI or question of which secrets follow from this and from what the audience has of
            earlier publications together.
        kept: by name of a table what the last publication's proof has of cycles that were not decided anew.
    """

    values: list[tuple[Any, ...]] = field(default_factory=list)
    kpi_cells: list[tuple[Any, ...]] = field(default_factory=list)
    panel_sides: list[tuple[Any, ...]] = field(default_factory=list)
    instrument_cells: list[tuple[Any, ...]] = field(default_factory=list)
    correlations: list[tuple[Any, ...]] = field(default_factory=list)
    classes: list[tuple[Any, ...]] = field(default_factory=list)
    shown: dict[tuple[str, str], ShownKpi] = field(default_factory=dict)
    worlds: list[Worlds] = field(default_factory=list)
    unsafe: list[tuple[str, str]] = field(default_factory=list)
    kept: Mapping[str, pa.Table] = field(default_factory=dict)

    def table(self, name: str) -> pa.Table:
        """All rows of one of `TABLES`, of all cycles."""
        schema, rows = TABLES[name], getattr(self, name)
        arrays = zip(*rows, strict=True) if rows else ([] for _ in schema)
        own = pa.table(
            [pa.array(list(values), column.type) for values, column in zip(arrays, schema, strict=True)], schema=schema
        )
        return pa.concat_tables([own, self.kept[name].cast(schema)]) if name in self.kept else own

    def is_unsafe(self, cycle: str, wider: Protection | None) -> bool:
        """Whether a cycle is held already, for this audience or for the next wider one."""
        return any(of == cycle for found in (self, wider) if found is not None for of, _ in found.unsafe)
