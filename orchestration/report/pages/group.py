"""A group of Members: its KPIs against those of all Members, its needs, its instruments, its change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.report.figures import ALL
from orchestration.report.page import Page
from orchestration.report.pages.needs import table_of_needs
from orchestration.report.table import Cell, Column, table

if TYPE_CHECKING:
    from orchestration.report.view import View


def group_page(view: View, group: tuple[str, str]) -> Page:
    """The page of a group."""
    say, name = view.language, view.group(group)
    members = sorted(
        view.member(row["member"])
        for row in view.cycle.rows("reference.member_groups")
        if (row["grouping"], row["group_name"]) == group
    )
    context = {
        "grouping": view.grouping(group[0]),
        "sentences": _sentences(view, group),
        "kpis": _table_of_kpis(view, group),
        "needs": table_of_needs(view, group, up="../"),
        "instruments": _table_of_instruments(view, group),
        "members": members,
    }
    trail = (("groups/index.html", say("Groups")),)
    return Page(f"{view.cycle.name}/{view.group_page(group)}", "group.html", name, context, (), name, trail)


def _sentences(view: View, group: tuple[str, str]) -> list[str]:
    say, cycle = view.language, view.cycle
    found = [
        say(
            "{n} of {nominated} Members on the roster sent what suffices.",
            n=say.number(cycle.n_sufficient.get(group, 0), 0),
            nominated=say.number(cycle.n_nominated[group], 0),
        )
    ]
    judged = [row["performance"] for results in cycle.results.values() if (row := results.get(group)) is not None]
    n = {word: judged.count(word) for word in ("well_performing", "balanced", "low_performing")}
    if any(n.values()):
        found.append(
            say(
                "KPIs: {well} well performing, {balanced} balanced, {low} low performing; others are not judged or shown.",
                well=say.number(n["well_performing"], 0),
                balanced=say.number(n["balanced"], 0),
                low=say.number(n["low_performing"], 0),
            )
        )
    return found


def _table_of_kpis(view: View, group: tuple[str, str]) -> dict[str, Any]:
    say, rows = view.language, []
    for kpi in view.cycle.kpis:
        row, of_all = view.cycle.results[kpi].get(group), view.cycle.results[kpi].get(ALL, {})
        if row is None:
            continue
        difference = None if row["mean"] is None or of_all.get("mean") is None else row["mean"] - of_all["mean"]
        trend = next(iter(view.cycle.trends[kpi].get(group, [])), None)
        change = None if trend is None else trend["change"]
        rows.append(
            [
                Cell(kpi),
                Cell(view.kpi(kpi), f"../{view.kpi_page(kpi)}"),
                Cell(say.number(row["n_reported"], 0), sort=row["n_reported"]),
                Cell(view.figure(kpi, row["mean"]), sort=row["mean"], note=view.withheld(row["suppression"])),
                Cell(view.figure(kpi, of_all.get("mean")), sort=of_all.get("mean")),
                Cell(view.change(kpi, difference), sort=difference, mark=_better(view, kpi, difference)),
                Cell(view.change(kpi, change), sort=change),
                Cell(view.performance(row["performance"]), mark=row["performance"] or ""),
            ]
        )
    columns = [
        Column(say("Code")),
        Column(say("KPI")),
        Column(say("Reported"), is_figure=True),
        Column(say("Mean"), is_figure=True),
        Column(say("All Members"), is_figure=True),
        Column(say("Difference"), is_figure=True),
        Column(say("Since the last cycle"), is_figure=True),
        Column(say("Judgement")),
    ]
    return table("kpis", say("KPIs of the group against all Members"), columns, rows, can_filter=True)


def _better(view: View, kpi: str, difference: float | None) -> str:
    direction = view.cycle.kpis[kpi]["direction"]
    if not difference or direction == "none":
        return ""
    return "better" if (difference > 0) == (direction == "higher") else "worse"


def _table_of_instruments(view: View, group: tuple[str, str]) -> dict[str, Any]:
    say, rows = view.language, []
    for code in view.cycle.instruments:
        row, of_all = view.cycle.use[code].get(group), view.cycle.use[code].get(ALL, {})
        if row is None:
            continue
        rows.append(
            [
                Cell(code),
                Cell(view.instrument(code), f"../{view.instrument_page(code)}"),
                Cell(say.percent(row["awareness_rate"]), sort=row["awareness_rate"]),
                Cell(say.percent(row["in_use_rate"]), sort=row["in_use_rate"]),
                Cell(say.percent(of_all.get("in_use_rate")), sort=of_all.get("in_use_rate")),
            ]
        )
    columns = [
        Column(say("Code")),
        Column(say("Instrument")),
        Column(say("Aware"), is_figure=True),
        Column(say("In use"), is_figure=True),
        Column(say("In use, all Members"), is_figure=True),
    ]
    return table("instruments", say("Instruments in the group"), columns, rows, can_filter=True)
