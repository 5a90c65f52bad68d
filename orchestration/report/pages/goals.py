"""The contribution to the Sustainable Development Goals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.report import charts
from orchestration.report.charts import Chart
from orchestration.report.page import Page
from orchestration.report.table import Cell, Column, table

if TYPE_CHECKING:
    from orchestration.report.view import View


def goals_page(view: View) -> Page:
    """The page of the goals."""
    say = view.language
    goals = sorted(view.cycle.rows("sdg.sdg_contribution"), key=lambda row: (row["rank"] or 99, row["sdg"]))
    rows = [
        [
            Cell(str(row["sdg"]), sort=row["sdg"]),
            Cell(view.text("sdg", str(row["sdg"]), row["sdg_name"])),
            Cell(say.number(row["n_outcomes"], 0), sort=row["n_outcomes"]),
            Cell(say.number(row["n_kpis"], 0), sort=row["n_kpis"]),
            Cell(say.number(row["n_well_performing"], 0), sort=row["n_well_performing"]),
            Cell(say.number(row["n_contributing"], 0), sort=row["n_contributing"]),
            Cell(view.join([view.kpi(kpi) for kpi in row["contributing_kpis"] if kpi in view.cycle.kpis])),
        ]
        for row in goals
    ]
    columns = [
        Column(say("SDG"), is_figure=True),
        Column(say("Goal")),
        Column(say("Outcomes"), is_figure=True),
        Column(say("KPIs"), is_figure=True),
        Column(say("Well performing"), is_figure=True),
        Column(say("Contributing"), is_figure=True),
        Column(say("KPIs that contribute")),
    ]
    data = [
        {"row": f"{row['sdg']} {view.text('sdg', str(row['sdg']), row['sdg_name'])}", "n": row["n_contributing"]}
        for row in goals
        if row["n_contributing"]
    ]
    drawn = []
    if data:
        text = say("Most contributing KPIs: {goal}, {n}.", goal=data[0]["row"], n=data[0]["n"])
        drawing = charts.counts(say("Contributing KPIs"), [(row["row"], row["n"]) for row in data])
        drawn.append(
            Chart("goals", say("KPIs that contribute to each goal"), text, drawing, {"row": say("Goal"), "n": say("KPIs")}, data)
        )
    context = {"table": table("all", say("Goals"), columns, rows)}
    title = say("Sustainable Development Goals")
    return Page(f"{view.cycle.name}/sdgs.html", "goals.html", title, context, tuple(drawn), title)
