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
    results = [row for groups in view.cycle.results.values() for row in groups.values() if row["n_reported"]]
    n_shown = {name: sum(row[name] is not None for row in results) for name in ("mean", "median", "skewness")}
    context = {
        "policy": table("policy", say("Thresholds"), columns, rows),
        "withheld": say(
            "Of {n} pairs of a KPI and a group that reported it this audience is shown {means} means, {medians} medians "
            "and {skewnesses} skewnesses; from the others single answers would follow, or too few reported.",
            n=say.number(len(results), 0),
            means=say.number(n_shown["mean"], 0),
            medians=say.number(n_shown["median"], 0),
            skewnesses=say.number(n_shown["skewness"], 0),
        ),
        "source": view.cycle.about["framework_source"].replace("`", ""),
    }
    title = say("About the figures")
    return Page(f"{view.cycle.name}/about.html", "about.html", title, context, search=title)
