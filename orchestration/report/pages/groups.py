"""All groups of Members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.report.page import Page
from orchestration.report.table import Cell, Column, table

if TYPE_CHECKING:
    from orchestration.report.view import View


def groups_page(view: View) -> Page:
    """The page of all groups."""
    say = view.language
    tables = []
    for grouping in view.cycle.groupings:
        rows = []
        for name in grouping.groups:
            group = (grouping.grouping, name)
            nominated, sufficient = view.cycle.n_nominated[group], view.cycle.n_sufficient.get(group, 0)
            rate = sufficient / nominated if nominated else None
            rows.append(
                [
                    Cell(view.group(group), f"../{view.group_page(group)}"),
                    Cell(say.number(nominated, 0), sort=nominated),
                    Cell(say.number(sufficient, 0), sort=sufficient),
                    Cell(say.percent(rate), sort=rate),
                    Cell(say.number(len(view.cycle.needs[group]), 0), sort=len(view.cycle.needs[group])),
                ]
            )
        columns = [
            Column(say("Group")),
            Column(say("On the roster"), is_figure=True),
            Column(say("Sufficient"), is_figure=True),
            Column(say("Share"), is_figure=True),
            Column(say("Needs"), is_figure=True),
        ]
        tables.append(table(grouping.grouping, view.grouping(grouping.grouping), columns, rows))
    return Page(f"{view.cycle.name}/groups/index.html", "groups.html", say("Groups"), {"tables": tables}, search=say("Groups"))
