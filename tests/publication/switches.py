"""Protections of a publication, switched off one by one: what tests show to be needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from orchestration.publication.protection.tables import EXTREMES, Protection


def cells(**shown: bool) -> Callable[[Protection], Protection]:
    """Show some figures of all groups that are large enough for them."""
    names = ("mean", "shape", "q1", "median", "q3", "judgement")

    def change(protection: Protection) -> Protection:
        found = []
        for cell in protection.kpi_cells:
            flags = [
                shown.get(name, is_so) if cell[-1].startswith(EXTREMES) else is_so
                for name, is_so in zip(names, cell[4:], strict=False)
            ]
            found.append((*cell[:4], *flags, cell[-1]))
        return replace(protection, kpi_cells=found)

    return change


def all_panels(protection: Protection) -> Protection:
    groups = {(cell[2], cell[3]) for cell in protection.kpi_cells if cell[0] == "two"}
    kpis = [kpi for (cycle, kpi) in protection.shown if cycle == "two"]
    sides = [(side, "two", "one", kpi, *group, True) for side in ("one", "two") for kpi in kpis for group in groups]
    return replace(protection, panel_sides=sides)


def everything_shown(protection: Protection) -> Protection:
    """All figures of KPIs but those of too few Members, and all single answers but the secret ones."""
    return replace(all_panels(cells(mean=True, shape=True, q1=True, median=True, q3=True)(protection)), values=[])
