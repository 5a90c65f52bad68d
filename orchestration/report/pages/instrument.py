"""An instrument: awareness and use by group, who uses it where the audience may know, and the KPIs that it bears on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.report.figures import ALL, Users
from orchestration.report.page import Page
from orchestration.report.pages.instruments import chart_of_use
from orchestration.report.pages.kpi import correlation
from orchestration.report.table import Cell, Column, table

if TYPE_CHECKING:
    from orchestration.report.charts import Chart
    from orchestration.report.view import View


def instrument_page(view: View, instrument: str) -> Page:
    """The page of an instrument."""
    say, row = view.language, view.cycle.instruments[instrument]
    users = view.cycle.users.get(instrument, {})
    words = {"in_use": say("In use by"), "plans_to_use": say("Planned by"), "no_plans": say("No plans")}
    context = {
        "code": instrument,
        "dimension": view.dimension(row["dimension"]) if row["dimension"] in view.cycle.dimensions else "",
        "outcomes": [
            view.outcome(one["outcome"])
            for one in view.cycle.rows("reference.instrument_outcomes")
            if one["instrument"] == instrument and one["outcome"] in view.cycle.outcomes
        ],
        "sentences": _sentences(view, instrument),
        "groups": _table_of_groups(view, instrument),
        "kpis": _table_of_kpis(view, instrument),
        "users": [(words[usage], _names(view, users[usage])) for usage in words if usage in users],
    }
    chart = _by_group(view, instrument)
    trail = (("instruments/index.html", say("Instruments")),)
    name = view.instrument(instrument)
    return Page(
        f"{view.cycle.name}/{view.instrument_page(instrument)}",
        "instrument.html",
        name,
        context,
        (chart,) if chart else (),
        f"{instrument} {name}",
        trail,
    )


def _names(view: View, users: Users) -> list[str]:
    """Members by name, and how many there are besides where these are too many to name."""
    names, more = sorted(map(view.member, users.members)), users.n - len(users.members)
    return [*names, view.language("{n} more", n=view.language.number(more, 0))] if more else names


def _sentences(view: View, instrument: str) -> list[str]:
    say, row = view.language, view.cycle.use[instrument].get(ALL)
    if row is None:
        return []
    found = []
    if row["awareness_rate"] is not None:
        found.append(
            say(
                "{rate} of {n} Members know it.",
                rate=say.percent(row["awareness_rate"]),
                n=say.number(row["n_answered_awareness"], 0),
            )
        )
    if row["in_use_rate"] is not None:
        found.append(
            say(
                "{in_use} use it, {planned} plan to, {not_planned} do not, of {n} that answered.",
                in_use=say.percent(row["in_use_rate"]),
                planned=say.percent(row["plans_to_use_rate"]),
                not_planned=say.percent(row["no_plans_rate"]),
                n=say.number(row["n_answered_usage"], 0),
            )
        )
    return found


def _by_group(view: View, instrument: str) -> Chart | None:
    say, use = view.language, view.cycle.use[instrument]
    rows = [(view.group(group), row) for group in [ALL, *view.groups] if (row := use.get(group)) is not None]
    shown = [one for one in rows if one[1]["in_use_rate"] is not None]
    if not shown:
        return None
    most, least = max(shown, key=lambda one: one[1]["in_use_rate"]), min(shown, key=lambda one: one[1]["in_use_rate"])
    text = say(
        "Use by group: most in {most} ({most_rate}), least in {least} ({least_rate}).",
        most=most[0],
        most_rate=say.percent(most[1]["in_use_rate"]),
        least=least[0],
        least_rate=say.percent(least[1]["in_use_rate"]),
    )
    return chart_of_use(view, "by-group", say("Use by group"), text, shown)


def _table_of_groups(view: View, instrument: str) -> dict[str, Any]:
    say, rows = view.language, []
    for group in [ALL, *view.groups]:
        if (row := view.cycle.use[instrument].get(group)) is None:
            continue
        rates = [
            Cell(say.percent(row[name]), sort=row[name])
            for name in ("awareness_rate", "in_use_rate", "plans_to_use_rate", "no_plans_rate")
        ]
        rows.append(
            [
                Cell("" if group == ALL else view.grouping(group[0])),
                Cell(view.group(group), "" if group == ALL else f"../{view.group_page(group)}"),
                Cell(say.number(row["n_answered"], 0), sort=row["n_answered"]),
                *rates[:3],
                Cell(rates[3].text, sort=rates[3].sort, note=view.withheld_use(row["suppression"])),
            ]
        )
    columns = [
        Column(say("Grouping")),
        Column(say("Group")),
        Column(say("Answered"), is_figure=True),
        Column(say("Aware"), is_figure=True),
        Column(say("In use"), is_figure=True),
        Column(say("Planned"), is_figure=True),
        Column(say("No plans"), is_figure=True),
    ]
    return table("groups", say("Awareness and use by group"), columns, rows)


def _table_of_kpis(view: View, instrument: str) -> dict[str, Any] | None:
    say = view.language
    rows = [
        [
            Cell(kpi),
            Cell(view.kpi(kpi), f"../{view.kpi_page(kpi)}"),
            Cell(view.performance(row["performance"]), mark=row["performance"] or ""),
            Cell(correlation(view, instrument, kpi)),
            Cell(view.finding(row["finding"]), note=view.withheld_use(row["suppression"])),
        ]
        for (code, kpi), row in view.cycle.findings.items()
        if code == instrument and kpi in view.cycle.kpis
    ]
    if not rows:
        return None
    columns = [
        Column(say("Code")),
        Column(say("KPI")),
        Column(say("Judgement")),
        Column(say("Use and the KPI")),
        Column(say("Finding")),
    ]
    return table("kpis", say("KPIs of the outcomes that it serves"), columns, rows)
