"""A cycle: who took part, how complete it is, and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.report import charts
from orchestration.report.charts import Chart
from orchestration.report.figures import ALL
from orchestration.report.page import Page
from orchestration.report.table import Cell, Column, table
from orchestration.report.view import PERFORMANCE, bounds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orchestration.report.view import View

HEADLINES = 5
"""KPIs that stand out to either side."""


def cycle_page(view: View) -> Page:
    """The first page of a cycle."""
    say, about = view.language, view.cycle.about
    nominated, sufficient = view.cycle.n_nominated[ALL], view.cycle.n_sufficient.get(ALL, 0)
    context = {
        "tiles": [
            (say.number(nominated, 0), say("Members on the roster")),
            (say.number(sufficient, 0), say("sent what suffices")),
            (say.number(len(view.cycle.kpis), 0), say("KPIs are shown")),
            (say.percent(_mean_response(view, view.cycle.kpis)), say("mean response to a KPI")),
        ],
        "facts": [
            (say("Reporting year"), str(view.cycle.year)),
            (say("Open"), say("{opens} to {closes}", opens=say.date(about["opens"]), closes=say.date(about["closes"]))),
            (say("Framework"), about["framework_name"]),
            (say("Figures made"), say.time(about["refreshed_at"])),
            (say("Code"), about["code_version"]),
        ],
        "well": _headlines(view, "well_performing"),
        "low": _headlines(view, "low_performing"),
        "judged": _judged(view),
        "taking_part": _table_of_groups(view),
    }
    drawn = [chart for chart in (_sufficient(view),) if chart]
    title = say("Reporting year {year}", year=view.cycle.year)
    return Page(f"{view.cycle.name}/index.html", "cycle.html", title, context, tuple(drawn), view.cycle.name)


def _mean_response(view: View, kpis: Iterable[str]) -> float | None:
    results = (view.cycle.results[kpi].get(ALL, {}) for kpi in kpis)
    rates = [rate for row in results if (rate := row.get("response_rate")) is not None]
    return sum(rates) / len(rates) if rates else None


def _headlines(view: View, word: str) -> list[dict[str, str]]:
    """The KPIs that stand out most to one side, as sentences with their figures."""
    say = view.language
    shown = [
        (kpi, row)
        for kpi, results in view.cycle.results.items()
        if kpi in view.cycle.kpis and (row := results.get(ALL)) and row["performance"] == word and row["skewness"] is not None
    ]
    found = []
    for kpi, row in sorted(shown, key=lambda one: -abs(one[1]["skewness"]))[:HEADLINES]:
        text = say(
            "mean {mean} of {n} Members, skewness {skewness}",
            mean=view.figure(kpi, row["mean"]),
            n=say.number(row["n_reported"], 0),
            skewness=say.signed(row["skewness"], 2),
        )
        of = view.cycle.kpis[kpi]
        between = bounds(row, of["minimum"], of["maximum"])
        if between is not None and None not in between:
            text += say(
                "; with the missing answers the mean could be {low} to {high}",
                low=view.figure(kpi, between[0]),
                high=view.figure(kpi, between[1]),
            )
        found.append({"name": view.kpi(kpi), "href": view.kpi_page(kpi), "text": text})
    return found


def _judged(view: View) -> dict[str, Any]:
    """How the KPIs of each dimension are judged."""
    say, rows = view.language, []
    for dimension, row in view.cycle.dimensions.items():
        own = [kpi for kpi, of in view.cycle.kpis.items() if of["dimension"] == dimension]
        response = _mean_response(view, own)
        words = [view.cycle.results[kpi].get(ALL, {}).get("performance") for kpi in own]
        rows.append(
            [
                Cell(view.dimension(row["dimension"]), f"kpis/index.html#{view.anchor(dimension)}"),
                Cell(say.number(len(own), 0), sort=len(own)),
                Cell(say.percent(response), sort=response),
                *(Cell(say.number(words.count(word), 0), sort=words.count(word)) for word in PERFORMANCE),
            ]
        )
    columns = [
        Column(say("Dimension")),
        Column(say("KPIs"), is_figure=True),
        Column(say("Mean response"), is_figure=True),
        *(Column(view.performance(word).capitalize(), is_figure=True) for word in PERFORMANCE),
    ]
    return table("judged", say("KPIs by dimension and judgement"), columns, rows)


def _table_of_groups(view: View) -> dict[str, Any]:
    say, rows = view.language, []
    for group in [ALL, *view.groups]:
        nominated, sufficient = view.cycle.n_nominated[group], view.cycle.n_sufficient.get(group, 0)
        rate = sufficient / nominated if nominated else None
        rows.append(
            [
                Cell("" if group == ALL else view.grouping(group[0])),
                Cell(view.group(group), "" if group == ALL else view.group_page(group)),
                Cell(say.number(nominated, 0), sort=nominated),
                Cell(say.number(sufficient, 0), sort=sufficient),
                Cell(say.percent(rate), sort=rate),
            ]
        )
    columns = [
        Column(say("Grouping")),
        Column(say("Group")),
        Column(say("On the roster"), is_figure=True),
        Column(say("Sufficient"), is_figure=True),
        Column(say("Share"), is_figure=True),
    ]
    return table("taking-part", say("Who took part, by group"), columns, rows)


def _sufficient(view: View) -> Chart | None:
    say = view.language
    yes, no = say("sent what suffices"), say("did not")
    data: list[dict[str, Any]] = []
    for group in [ALL, *view.groups]:
        nominated = view.cycle.n_nominated[group]
        if not nominated:
            continue
        sufficient = view.cycle.n_sufficient.get(group, 0)
        data.append({"group": view.group(group), "nominated": nominated, "sufficient": sufficient})
    if not data:
        return None
    text = say(
        "{n} of {nominated} Members on the roster sent what suffices.",
        n=say.number(view.cycle.n_sufficient.get(ALL, 0), 0),
        nominated=say.number(view.cycle.n_nominated[ALL], 0),
    )
    columns = {"group": say("Group"), "nominated": say("On the roster"), "sufficient": say("Sufficient")}
    rows = [(row["group"], [(share := row["sufficient"] / row["nominated"]), 1 - share]) for row in data]
    drawing = charts.shares(say("Share of the Members on the roster"), rows, [yes, no])
    return Chart("participation", say("Participation by group"), text, drawing, columns, data)
