"""A KPI: its definition, the answers, groups, change, and the instruments that bear on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.report import charts
from orchestration.report.charts import Chart
from orchestration.report.draw import LETTERS, short
from orchestration.report.figures import ALL, MANY
from orchestration.report.page import Page
from orchestration.report.table import Cell, Column, table
from orchestration.report.view import bounds

if TYPE_CHECKING:
    from orchestration.report.figures import Row
    from orchestration.report.view import View


def kpi_page(view: View, kpi: str) -> Page:
    """The page of a KPI."""
    say, row = view.language, view.cycle.kpis[kpi]
    drawn = [chart for chart in (_distribution(view, kpi), _by_group(view, kpi), _over_cycles(view, kpi)) if chart]
    context = {
        "code": kpi,
        "dimension": view.dimension(row["dimension"]),
        "outcome": view.outcome(row["outcome"]),
        "definition": _definition(view, kpi),
        "findings": _sentences(view, kpi),
        "groups": _table_of_groups(view, kpi),
        "trends": _table_of_trends(view, kpi),
        "instruments": _table_of_instruments(view, kpi),
        "values": _table_of_values(view, kpi),
    }
    trail = (("kpis/index.html", say("KPIs")), (view.outcome_page(row["outcome"]), view.outcome(row["outcome"])))
    return Page(
        f"{view.cycle.name}/{view.kpi_page(kpi)}",
        "kpi.html",
        view.kpi(kpi),
        context,
        tuple(drawn),
        f"{kpi} {view.kpi(kpi)}",
        trail,
    )


def _definition(view: View, kpi: str) -> list[tuple[str, str]]:
    """What the KPI is, as terms and what they mean."""
    say, row = view.language, view.cycle.kpis[kpi]
    numerator, denominator = (view.text(part, kpi, row[part] or "") for part in ("numerator", "denominator"))
    if row["formula"] == "ratio":
        scale = "" if row["scale"] == 1 else f"{say.number(row['scale'], 0)} × "
        formula = f"{scale}({numerator}) / ({denominator})"
    elif row["formula"] == "variation":
        formula = say(
            "change from “{previous}” to “{current}”, in percent of the former", previous=denominator, current=numerator
        )
    else:
        formula = numerator
    direction = {
        "higher": say("A higher value is better."),
        "lower": say("A lower value is better."),
        "none": say("Neither high nor low is better: the KPI is not judged."),
    }[row["direction"]]
    shown_to = {"public": say("everybody"), "wco": say("administrations of WCO Members")}
    return [
        (say("Formula"), formula),
        (say("Unit"), view.unit(kpi)),
        (say("Direction"), direction),
        (say("Shown to"), shown_to.get(row["disclosure"], say("the Secretariat"))),
    ]


def _sentences(view: View, kpi: str) -> list[str]:
    """What the figures of all Members say."""
    say, row, of = view.language, view.cycle.results[kpi].get(ALL), view.cycle.kpis[kpi]
    if row is None:
        return []
    asked = row["n_members"] - (row["n_not_applicable"] or 0)
    found = [
        say(
            "{n} of {asked} Members to which the KPI applies reported it ({rate}).",
            n=say.number(row["n_reported"], 0),
            asked=say.number(asked, 0),
            rate=say.percent(row["response_rate"]),
        )
    ]
    if row["mean"] is not None:
        found.append(say("The mean is {mean}.", mean=view.figure(kpi, row["mean"])))
    if row["q1"] is not None and row["q3"] is not None and row["median"] is not None:
        found.append(
            say(
                "Half of the Members lie between {q1} and {q3}; the median is {median}.",
                q1=view.figure(kpi, row["q1"]),
                q3=view.figure(kpi, row["q3"]),
                median=view.figure(kpi, row["median"]),
            )
        )
    if (between := bounds(row, of["minimum"], of["maximum"])) is not None:
        low, high = between
        if low is not None and high is not None:
            found.append(
                say(
                    "With the answers that are missing the mean could be anything from {low} to {high}.",
                    low=view.figure(kpi, low),
                    high=view.figure(kpi, high),
                )
            )
        elif low is not None:
            found.append(
                say(
                    "With the answers that are missing the mean could be as low as {low}; upward there is no bound.",
                    low=view.figure(kpi, low),
                )
            )
    found.append(judgement(view, row))
    if why := view.withheld(row["suppression"]):
        found.append(why)
    return found


def judgement(view: View, row: Row) -> str:
    """What the skewness of a KPI's distribution says, as a sentence."""
    say = view.language
    if row["performance"] in (None, "not_evaluated"):
        why = {
            "no direction": say("Not judged: neither high nor low is better."),
            "too few Members": say("Not judged: too few Members reported it."),
            "no variation": say("Not judged: all Members reported the same."),
        }
        return why.get(row.get("reason") or "", say("Its judgement is withheld."))
    if row["skewness"] is None:
        return say("It is {judgement}; the skewness is withheld.", judgement=view.performance(row["performance"]))
    skewness = say.signed(row["skewness"], 2)
    if row["performance"] == "balanced":
        return say("Balanced: the skewness, {skewness}, leans to neither end by much.", skewness=skewness)
    degree = say("strong") if row["degree"] == "strong" else say("moderate")
    values = {"skewness": skewness, "degree": degree}
    if row["performance"] == "well_performing":
        return say(
            "Well performing: most Members are at the good end, few trail behind (skewness {skewness}, {degree}).", **values
        )
    return say("Low performing: most Members are at the weak end, few are ahead (skewness {skewness}, {degree}).", **values)


def _distribution(view: View, kpi: str) -> Chart | None:
    say, row = view.language, view.cycle.results[kpi].get(ALL, {})
    values = view.cycle.values.get(kpi, [])
    summary = {name: row.get(name) for name in ("q1", "median", "q3", "mean")}
    if not values and summary["q1"] is None:
        return None
    text = say(
        "Distribution of {kpi}: {n} single values are shown, mean {mean}, quartiles {q1}, {median} and {q3}.",
        kpi=view.kpi(kpi),
        n=say.number(len(values), 0),
        **{name: view.figure(kpi, value) for name, value in summary.items()},
    )
    columns = {"member": say("Member"), "value": view.unit(kpi)}
    one = say("a Member whose value is shown")
    if len(values) >= MANY:
        one = say("one of {n} quantiles of the Members' values", n=say.number(MANY, 0))
    words = {"value": one, "box": say("the middle half of all"), "median": say("median"), "mean": say("mean")}
    data = [{"member": member, "value": value} for member, value in values]
    drawing = charts.distribution(view.unit(kpi), (value for _, value in values), summary, words)
    return Chart("distribution", say("How the Members are distributed"), text, drawing, columns, data)


def _by_group(view: View, kpi: str) -> Chart | None:
    say, results = view.language, view.cycle.results[kpi]
    rows = [
        {
            "group": view.group(group),
            "grouping": view.grouping(group[0]),
            "n_reported": row["n_reported"],
            "mean": row["mean"],
            "q1": row["q1"],
            "median": row["median"],
            "q3": row["q3"],
        }
        for group in view.groups
        if (row := results.get(group)) is not None and row["mean"] is not None
    ]
    if not rows:
        return None
    least, most = min(rows, key=lambda row: row["mean"]), max(rows, key=lambda row: row["mean"])
    text = say(
        "Means of {n} groups, from {least} ({least_group}) to {most} ({most_group}).",
        n=len(rows),
        least=view.figure(kpi, least["mean"]),
        least_group=least["group"],
        most=view.figure(kpi, most["mean"]),
        most_group=most["group"],
    )
    columns = {
        "grouping": say("Grouping"),
        "group": say("Group"),
        "n_reported": say("Reported"),
        "mean": say("Mean"),
        "q1": say("First quartile"),
        "median": say("Median"),
        "q3": say("Third quartile"),
    }
    words = {"mean": say("mean of the group"), "half": say("its middle half"), "across": say("mean of all Members")}
    named = [row | {"name": _with_n(row["group"], say.number(row["n_reported"], 0))} for row in rows]
    drawing = charts.by_group(view.unit(kpi), named, results.get(ALL, {}).get("mean"), words)
    title = say("Groups, and how many of each reported")
    return Chart("by-group", title, text, drawing, columns, rows)


def _with_n(group: str, n: str) -> str:
    """A group's name and how many reported, which is not cut."""
    return f"{short(group, LETTERS - len(n) - 3)} ({n})"


def _over_cycles(view: View, kpi: str) -> Chart | None:
    say, rows = view.language, view.cycle.trends[kpi].get(ALL, [])
    reported, panel = say("All who reported"), say("Those who reported in both cycles")
    now = view.cycle.results[kpi].get(ALL, {}).get("mean")
    points: list[dict[str, Any]] = []
    for row in rows:
        year = view.cycle.years.get(row["previous_cycle"])
        if year is None or not row["is_comparable"]:
            continue
        points.append({"year": year, "series": reported, "mean": row["previous_mean"]})
    if rows and rows[0]["panel_mean"] is not None and view.cycle.years.get(rows[0]["previous_cycle"]) is not None:
        points.append(
            {"year": view.cycle.years.get(rows[0]["previous_cycle"]), "series": panel, "mean": rows[0]["previous_panel_mean"]}
        )
        points.append({"year": view.cycle.year, "series": panel, "mean": rows[0]["panel_mean"]})
    points.append({"year": view.cycle.year, "series": reported, "mean": now})
    points = sorted((one for one in points if one["mean"] is not None), key=lambda one: (one["series"], one["year"]))
    if len({one["year"] for one in points}) < 2:
        return None
    said = [f"{one['year']}: {view.figure(kpi, one['mean'])} ({one['series']})" for one in points]
    columns = {"year": say("Reporting year"), "series": say("Of whom"), "mean": say("Mean")}
    drawing = charts.over_cycles(view.unit(kpi), points, [reported, panel], view.decimals(kpi))
    return Chart("over-cycles", say("Mean by reporting year"), "; ".join(said), drawing, columns, points)


def _table_of_groups(view: View, kpi: str) -> dict[str, Any]:
    say, results = view.language, view.cycle.results[kpi]
    rows = []
    for group in [ALL, *view.groups]:
        if (row := results.get(group)) is None:
            continue
        figures = [Cell(view.figure(kpi, row[name]), sort=row[name]) for name in ("mean", "q1", "median", "q3")]
        why = view.withheld(row["suppression"])
        rows.append(
            [
                Cell("" if group == ALL else view.grouping(group[0])),
                Cell(view.group(group), "" if group == ALL else f"../{view.group_page(group)}"),
                Cell(say.number(row["n_reported"], 0), sort=row["n_reported"]),
                Cell(say.percent(row["response_rate"]), sort=row["response_rate"]),
                *figures,
                Cell(say.signed(row["skewness"], 2), sort=row["skewness"]),
                Cell(view.performance(row["performance"]), mark=row["performance"] or "", note=why),
            ]
        )
    columns = [
        Column(say("Grouping")),
        Column(say("Group")),
        Column(say("Reported"), is_figure=True),
        Column(say("Response"), is_figure=True),
        Column(say("Mean"), is_figure=True),
        Column(say("First quartile"), is_figure=True),
        Column(say("Median"), is_figure=True),
        Column(say("Third quartile"), is_figure=True),
        Column(say("Skewness"), is_figure=True),
        Column(say("Judgement")),
    ]
    return table("groups", say("Figures by group"), columns, rows)


def _table_of_trends(view: View, kpi: str) -> dict[str, Any] | None:
    say, rows = view.language, []
    for group in [ALL, *view.groups]:
        for row in view.cycle.trends[kpi].get(group, []):
            if row["change"] is None and row["panel_change"] is None:
                continue
            rows.append(
                [
                    Cell(view.group(group)),
                    Cell(row["previous_cycle"]),
                    Cell(view.figure(kpi, row["previous_mean"]), sort=row["previous_mean"]),
                    Cell(view.figure(kpi, row["mean"]), sort=row["mean"]),
                    Cell(view.change(kpi, row["change"]), sort=row["change"]),
                    Cell(say.number(row["n_panel"], 0), sort=row["n_panel"]),
                    Cell(view.change(kpi, row["panel_change"]), sort=row["panel_change"]),
                ]
            )
    if not rows:
        return None
    columns = [
        Column(say("Group")),
        Column(say("Compared with")),
        Column(say("Mean then"), is_figure=True),
        Column(say("Mean now"), is_figure=True),
        Column(say("Change"), is_figure=True),
        Column(say("Reported in both"), is_figure=True),
        Column(say("Change of these"), is_figure=True),
    ]
    return table("trends", say("Change from earlier cycles"), columns, rows)


def _table_of_instruments(view: View, kpi: str) -> dict[str, Any] | None:
    say = view.language
    rows = [
        [
            Cell(view.instrument(row["instrument"]), f"../{view.instrument_page(row['instrument'])}"),
            Cell(say.percent(row["awareness_rate"]), sort=row["awareness_rate"]),
            Cell(say.percent(row["in_use_rate"]), sort=row["in_use_rate"]),
            Cell(correlation(view, row["instrument"], kpi)),
            Cell(view.finding(row["finding"]), note=view.withheld_use(row["suppression"])),
        ]
        for row in view.cycle.rows("correlation.instrument_findings")
        if row["kpi"] == kpi
    ]
    if not rows:
        return None
    columns = [
        Column(say("Instrument")),
        Column(say("Aware"), is_figure=True),
        Column(say("In use"), is_figure=True),
        Column(say("Use and the KPI")),
        Column(say("Finding")),
    ]
    return table("instruments", say("Instruments that bear on it"), columns, rows)


def correlation(view: View, instrument: str, kpi: str) -> str:
    """What is shown of the correlation of an instrument's use with a KPI."""
    say, row = view.language, view.cycle.correlations.get((instrument, kpi, "usage"))
    if row is None or row["strength"] is None:
        return (
            ""
            if row is None
            else say("not shown")
            if row["suppression"]
            else say("not correlated: too few answers, or all alike")
        )
    words = {
        "none": say("no correlation"),
        "weak": say("weak"),
        "moderate": say("moderate"),
        "strong": say("strong"),
    }
    text = words[row["strength"]]
    if row["strength"] != "none":
        text += ", " + (say("more use, better values") if row["sign"] == "positive" else say("more use, worse values"))
    if row["spearman_rho"] is not None:
        text += f" (ρ {say.signed(row['spearman_rho'], 2)})"
    if row["is_significant"]:
        text += ", " + say("significant")
    return text


def _table_of_values(view: View, kpi: str) -> dict[str, Any] | None:
    say, values = view.language, view.cycle.values.get(kpi, [])
    if not values or len(values) >= MANY:
        return None
    rows = [[Cell(view.member(member or "")), Cell(view.figure(kpi, value), sort=value)] for member, value in reversed(values)]
    columns = [Column(say("Member")), Column(view.unit(kpi), is_figure=True)]
    return table("values", say("Members whose value is shown"), columns, rows, can_filter=True)
