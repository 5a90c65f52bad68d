"""All KPIs, by dimension and expected outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.report.figures import ALL
from orchestration.report.page import Page
from orchestration.report.table import Cell, Column, table

if TYPE_CHECKING:
    from orchestration.report.view import View


def kpis_page(view: View) -> Page:
    """The page of all KPIs."""
    say = view.language
    sections = []
    for dimension, row in view.cycle.dimensions.items():
        outcomes = [
            {
                "outcome": outcome,
                "name": view.outcome(outcome),
                "table": _table_of_kpis(view, outcome),
            }
            for outcome, of in view.cycle.outcomes.items()
            if of["dimension"] == dimension
        ]
        sections.append({"anchor": view.anchor(dimension), "name": view.dimension(row["dimension"]), "outcomes": outcomes})
    n_left_out = len(view.cycle.rows("reference.kpis")) - len(view.cycle.kpis)
    left_out = say.plural("{n} KPI is not shown to this audience.", "{n} KPIs are not shown to this audience.", n_left_out)
    context = {"sections": sections, "left_out": left_out if n_left_out else ""}
    return Page(f"{view.cycle.name}/kpis/index.html", "kpis.html", say("KPIs"), context, search=say("KPIs"))


def _table_of_kpis(view: View, outcome: str) -> dict[str, object]:
    say, rows = view.language, []
    for kpi, of in view.cycle.kpis.items():
        if of["outcome"] != outcome:
            continue
        row = view.cycle.results[kpi].get(ALL, {})
        rows.append(
            [
                Cell(kpi),
                Cell(view.kpi(kpi), f"../{view.kpi_page(kpi)}"),
                Cell(say.percent(row.get("response_rate")), sort=row.get("response_rate")),
                Cell(view.figure(kpi, row.get("mean")), sort=row.get("mean")),
                Cell(view.figure(kpi, row.get("median")), sort=row.get("median")),
                Cell(say.signed(row.get("skewness"), 2), sort=row.get("skewness")),
                Cell(
                    view.performance(row.get("performance")),
                    mark=row.get("performance") or "",
                    note=view.withheld(row.get("suppression")),
                ),
            ]
        )
    columns = [
        Column(say("Code")),
        Column(say("KPI")),
        Column(say("Response"), is_figure=True),
        Column(say("Mean"), is_figure=True),
        Column(say("Median"), is_figure=True),
        Column(say("Skewness"), is_figure=True),
        Column(say("Judgement")),
    ]
    return table(view.anchor(outcome), view.outcome(outcome), columns, rows)
