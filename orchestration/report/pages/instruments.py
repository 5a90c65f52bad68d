"""All instruments: how well they are known and used, and what was found of them with KPIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.report import charts
from orchestration.report.charts import Chart
from orchestration.report.figures import ALL
from orchestration.report.page import Page
from orchestration.report.table import Cell, Column, table

if TYPE_CHECKING:
    from orchestration.report.figures import Row
    from orchestration.report.view import View


def instruments_page(view: View) -> Page:
    """The page of all instruments."""
    say = view.language
    context = {"table": _table_of_instruments(view), "dimensions": _table_of_dimensions(view), "matrix": _matrix(view)}
    drawn = [chart for chart in (_use(view),) if chart]
    title = say("Instruments")
    return Page(f"{view.cycle.name}/instruments/index.html", "instruments.html", title, context, tuple(drawn), search=title)


def chart_of_use(view: View, name: str, title: str, text: str, rows: list[tuple[str, Row]]) -> Chart:
    """The chart of the shares of use in rows, each with its name; all of them are shown."""
    say = view.language
    parts = {"in_use_rate": say("in use"), "plans_to_use_rate": say("planned"), "no_plans_rate": say("no plans")}
    data = [{"row": row_name, **{rate: row[rate] for rate in parts}} for row_name, row in rows]
    drawing = charts.shares(
        say("Share of the Members that answered"),
        [(one["row"], [one[rate] for rate in parts]) for one in data],
        list(parts.values()),
    )
    return Chart(name, title, text, drawing, {"row": say("Of which"), **parts}, data)


def _use(view: View) -> Chart | None:
    say = view.language
    rows = [
        (f"{code} {view.instrument(code)}", row)
        for code, groups in view.cycle.use.items()
        if (row := groups.get(ALL)) is not None
    ]
    shown = sorted((one for one in rows if one[1]["in_use_rate"] is not None), key=lambda one: -one[1]["in_use_rate"])
    if not shown:
        return None
    text = say(
        "{most} is used most ({most_rate} of the Members that answered), {least} least ({least_rate}).",
        most=shown[0][0],
        most_rate=say.percent(shown[0][1]["in_use_rate"]),
        least=shown[-1][0],
        least_rate=say.percent(shown[-1][1]["in_use_rate"]),
    )
    return chart_of_use(view, "use", say("Use of each instrument, the most used first"), text, shown)


def _table_of_instruments(view: View) -> dict[str, Any]:
    say, rows = view.language, []
    for code, of in view.cycle.instruments.items():
        if (row := view.cycle.use[code].get(ALL)) is None:
            continue
        rows.append(
            [
                Cell(code),
                Cell(view.instrument(code), f"../{view.instrument_page(code)}"),
                Cell(view.dimension(of["dimension"]) if of["dimension"] in view.cycle.dimensions else ""),
                Cell(say.percent(row["awareness_rate"]), sort=row["awareness_rate"]),
                Cell(say.percent(row["in_use_rate"]), sort=row["in_use_rate"]),
                Cell(say.percent(row["plans_to_use_rate"]), sort=row["plans_to_use_rate"]),
                Cell(level(view, row["usage_level"])),
            ]
        )
    columns = [
        Column(say("Code")),
        Column(say("Instrument")),
        Column(say("Dimension")),
        Column(say("Aware"), is_figure=True),
        Column(say("In use"), is_figure=True),
        Column(say("Planned"), is_figure=True),
        Column(say("Level of use")),
    ]
    return table("all", say("All instruments"), columns, rows, can_filter=True)


def level(view: View, word: str | None) -> str:
    """A level of use, in a word."""
    say = view.language
    return {"high": say("high"), "middle": say("middle"), "low": say("low")}.get(word or "", say("withheld"))


def _table_of_dimensions(view: View) -> dict[str, Any]:
    say = view.language
    rows = [
        [
            Cell(say.number(row["rank"], 0), sort=row["rank"]),
            Cell(view.dimension(row["dimension"])),
            Cell(say.number(row["n_instruments"], 0), sort=row["n_instruments"]),
            Cell(say.number(row["n_highly_used"], 0), sort=row["n_highly_used"]),
            Cell(say.percent(row["mean_in_use_rate"]), sort=row["mean_in_use_rate"]),
        ]
        for row in sorted(view.cycle.rows("instrument.dimension_use"), key=lambda row: row["rank"] or 99)
    ]
    columns = [
        Column(say("Rank"), is_figure=True),
        Column(say("Dimension")),
        Column(say("Instruments"), is_figure=True),
        Column(say("Highly used"), is_figure=True),
        Column(say("Mean share in use"), is_figure=True),
    ]
    return table("dimensions", say("Use by dimension"), columns, rows)


MARKS = {"review_relevance": "↺", "raise_awareness": "!", "recommendations_taken_up": "✓", "other": "·"}
"""A finding in a character."""


def _matrix(view: View) -> dict[str, Any]:
    """Instruments down, KPIs across; a cell for each pair that the framework relates."""
    say = view.language
    kpis = sorted({kpi for _, kpi in view.cycle.findings}, key=list(view.cycle.kpis).index)
    rows = []
    for code in view.cycle.instruments:
        own = {kpi: row for (instrument, kpi), row in view.cycle.findings.items() if instrument == code}
        if not own:
            continue
        cells = []
        for kpi in kpis:
            row = own.get(kpi)
            finding = None if row is None else row["finding"]
            note = "" if row is None else f"{code} × {kpi}: {view.finding(finding)}"
            mark = "" if row is None else MARKS.get(finding or "", "–")
            cells.append({"mark": mark, "note": note, "kind": finding or ("withheld" if row else "")})
        rows.append({"code": code, "href": f"../{view.instrument_page(code)}", "name": view.instrument(code), "cells": cells})
    legend = [(mark, view.finding(finding)) for finding, mark in MARKS.items()]
    return {
        "kpis": [(kpi, f"../{view.kpi_page(kpi)}", view.kpi(kpi)) for kpi in kpis],
        "rows": rows,
        "legend": [*legend, ("–", say("withheld"))],
        "caption": say("Instruments and the KPIs of the outcomes that they serve"),
    }
