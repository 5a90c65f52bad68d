"""How a cycle's figures were made: thresholds, words, and what is withheld."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.report.page import Page
from orchestration.report.table import Cell, Column, table

if TYPE_CHECKING:
    from orchestration.report.view import View


def about_page(view: View) -> Page:
    """The page on how it was made."""
    say = view.language
    rows = [
        [
            Cell(view.text("policy", row["policy"], row["description"])),
            Cell(f"{row['value']:g}" if say.code == "en" else f"{row['value']:g}".replace(".", ","), sort=row["value"]),
            Cell(row["source"]),
        ]
        for row in view.cycle.rows("reference.policy")
    ]
    columns = [Column(say("Threshold")), Column(say("Value"), is_figure=True), Column(say("Source"))]
    results = [row for groups in view.cycle.results.values() for row in groups.values()]
    n_withheld = sum(bool(row["suppression"]) for row in results)
    context = {
        "policy": table("policy", say("Thresholds"), columns, rows),
        "withheld": say(
            "Of {n} rows of figures of a KPI and a group, {withheld} have some figure that is not shown to this audience.",
            n=say.number(len(results), 0),
            withheld=say.number(n_withheld, 0),
        ),
        "source": view.cycle.about["framework_source"],
    }
    title = say("About the figures")
    return Page(f"{view.cycle.name}/about.html", "about.html", title, context, search=title)
