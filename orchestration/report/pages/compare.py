"""Groups side by side: every KPI's mean in every group; which groups are seen is chosen on the page, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.report.figures import ALL
from orchestration.report.page import Page

if TYPE_CHECKING:
    from orchestration.report.view import View

SIGNS = {"well_performing": "▲", "balanced": "◆", "low_performing": "▼"}
"""A judgement in a character, for who does not see the shade."""


def compare_page(view: View) -> Page:
    """The page that compares groups."""
    say = view.language
    groups = [ALL, *view.groups]
    rows = []
    for kpi in view.cycle.kpis:
        results = view.cycle.results[kpi]
        cells = []
        for group in groups:
            row = results.get(group, {})
            cells.append(
                {
                    "text": view.figure(kpi, row.get("mean")),
                    "mark": row.get("performance") or "",
                    "sign": SIGNS.get(row.get("performance") or "", ""),
                    "note": view.performance(row["performance"])
                    if row.get("performance")
                    else view.withheld(row.get("suppression")),
                }
            )
        rows.append({"code": kpi, "name": view.kpi(kpi), "href": view.kpi_page(kpi), "cells": cells})
    context = {
        "groups": [view.group(group) for group in groups],
        "groupings": [
            {"name": view.grouping(one.grouping), "groups": [groups.index((one.grouping, group)) for group in one.groups]}
            for one in view.cycle.groupings
        ],
        "rows": rows,
        "chosen": [0, 1, 2],
        "legend": [(sign, word, view.performance(word)) for word, sign in SIGNS.items()],
    }
    title = say("Compare groups")
    return Page(f"{view.cycle.name}/compare.html", "compare.html", title, context, search=title)
