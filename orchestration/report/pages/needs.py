"""Capacity-building needs: by outcome and group, and the smallest set of instruments that answers most of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import highspy

from orchestration.report import charts
from orchestration.report.charts import Chart
from orchestration.report.figures import ALL
from orchestration.report.page import Page
from orchestration.report.table import Cell, Column, table

if TYPE_CHECKING:
    from orchestration.report.figures import Row
    from orchestration.report.view import View

MOST = 0.8
"""Which part of the needs is most of them."""
KINDS = ("low_performance", "low_response", "low_uptake")


def needs_page(view: View) -> Page:
    """The page of needs."""
    say = view.language
    needs = view.cycle.needs[ALL]
    chosen = smallest_set(needs)
    context = {
        "sentences": [
            say.plural("All Members together have {n} need.", "All Members together have {n} needs.", len(needs)),
        ],
        "set": [
            {
                "name": view.instrument(instrument),
                "href": view.instrument_page(instrument),
                "text": say.plural("answers {n} need more", "answers {n} needs more", n),
            }
            for instrument, n in chosen
        ],
        "all": table_of_needs(view, ALL),
        "groups": _table_of_groups(view),
    }
    drawn = [chart for chart in (_by_group(view),) if chart]
    title = say("Capacity-building needs")
    return Page(f"{view.cycle.name}/needs.html", "needs.html", title, context, tuple(drawn), title)


def smallest_set(needs: list[Row], most: float = MOST) -> list[tuple[str, int]]:
    """The fewest instruments that answer most of the needs, and how many needs each answers that those before it do not.

    Of sets of that size, one that answers the most needs: a problem of maximum coverage, solved whole by HiGHS.

    Args:
        needs: with their `instruments`; those that no instrument answers do not count.
        most: which part of them is to be answered.
    """
    own = [set(need["instruments"]) for need in needs if need["instruments"]]
    instruments = sorted(set[str]().union(*own))
    if not own:
        return []
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in {"output_flag": False, "threads": 1, "mip_rel_gap": 0.0}.items():
        highs.setOptionValue(name, value)
    is_chosen = {one: highs.addBinary() for one in instruments}
    is_answered = [highs.addBinary() for _ in own]
    for answering, answered in zip(own, is_answered, strict=True):
        highs.addConstr(highs.qsum(is_chosen[one] for one in answering) >= answered)
    highs.addConstr(highs.qsum(is_answered) >= math.ceil(most * len(own) - 1e-9))
    highs.minimize(highs.qsum(is_chosen.values()) - highs.qsum(is_answered) / (len(own) + 1))
    left = {one for one, found in zip(instruments, highs.vals(list(is_chosen.values())), strict=True) if found > 0.5}
    chosen: list[tuple[str, int]] = []
    while left:  # the one that answers most of what is left comes first
        best = max(sorted(left), key=lambda one: sum(one in answering for answering in own))
        chosen.append((best, sum(best in answering for answering in own)))
        own = [answering for answering in own if best not in answering]
        left.remove(best)
    return chosen


def table_of_needs(view: View, group: tuple[str, str], up: str = "") -> dict[str, Any] | None:
    """A group's needs, by outcome.

    Args:
        view: the cycle.
        group: whose needs.
        up: the way from the page to the cycle's folder.
    """
    say = view.language
    needs = sorted(
        view.cycle.needs[group], key=lambda row: (list(view.cycle.outcomes).index(row["outcome"]), KINDS.index(row["need"]))
    )
    if not needs:
        return None
    rows = [
        [
            Cell(view.outcome(row["outcome"]), up + place if (place := view.outcome_page(row["outcome"])) else ""),
            Cell(view.needs_words(row["need"])),
            Cell(view.join([view.kpi(kpi) for kpi in row["kpis"] if kpi in view.cycle.kpis])),
            Cell(view.join([view.instrument(code) for code in row["instruments"] if code in view.cycle.instruments])),
        ]
        for row in needs
    ]
    columns = [
        Column(say("Expected outcome")),
        Column(say("Need")),
        Column(say("KPIs")),
        Column(say("Instruments that could help")),
    ]
    return table("needs", say("Needs by expected outcome"), columns, rows, can_filter=True)


def _counts(view: View, group: tuple[str, str]) -> dict[str, int]:
    own = [row["need"] for row in view.cycle.needs[group]]
    return {kind: own.count(kind) for kind in KINDS}


def _table_of_groups(view: View) -> dict[str, Any]:
    say, rows = view.language, []
    for group in view.groups:
        counts = _counts(view, group)
        rows.append(
            [
                Cell(view.grouping(group[0])),
                Cell(view.group(group), view.group_page(group)),
                *(Cell(say.number(n, 0), sort=n) for n in counts.values()),
            ]
        )
    columns = [
        Column(say("Grouping")),
        Column(say("Group")),
        *(Column(view.needs_words(kind).capitalize(), is_figure=True) for kind in KINDS),
    ]
    return table("groups", say("Needs by group"), columns, rows)


def _by_group(view: View) -> Chart | None:
    say = view.language
    counts = {group: len(view.cycle.needs[group]) for group in view.groups if view.cycle.needs[group]}
    if not counts:
        return None
    most = max(counts, key=lambda group: counts[group])
    text = say("Most needs: {group}, {n}.", group=view.group(most), n=counts[most])
    rows = [(view.group(group), n) for group, n in counts.items()]
    drawing = charts.counts(say("Needs"), rows)
    data = [{"row": name, "n": n} for name, n in rows]
    return Chart("by-group", say("Needs by group"), text, drawing, {"row": say("Group"), "n": say("Needs")}, data)
