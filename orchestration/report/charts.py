"""Charts as Vega has them: made once a kind with Altair, and then given data and words, which costs half of making each anew.

Readable in greyscale and by colour-blind readers: shape, position and shade say what a colour says, and the colours are those of
Okabe and Ito (https://jfly.uni-koeln.de/color/). Colours that stand for ink follow the page, light or dark: they are drawn as the
words `currentColor` and as classes of `report.css`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Data = list[dict[str, Any]]
Spec = dict[str, Any]
WIDTH = 640
ROW = 22
"""Height of a row of a chart with a row a group, in pixels."""
INK, BLUE, ORANGE, GREEN, GREY = "currentColor", "#0072B2", "#D55E00", "#009E73", "#8a8f98"
"""The ink of the page, and three of Okabe's and Ito's colours."""
FONT = "system-ui, sans-serif"
SIZE = 12
"""Of letters, in pixels."""
LABELS = alt.Axis(labelLimit=250, minExtent=255, ticks=False, domain=False)
"""Names beside rows: with room for a reader whose letters are wider than those that the chart was drawn with."""


@dataclass(frozen=True)
class Chart:
    """A chart of a page.

    Attributes:
        name: of it on its page, in its address and the name of its data.
        title: what it shows.
        text: what it says, for who can't see it.
        spec: how it is drawn.
        columns: of its data, with what each is called.
        data: its rows.
    """

    name: str
    title: str
    text: str
    spec: Spec
    columns: Mapping[str, str]
    data: Data

    def __post_init__(self) -> None:
        assert all(set(self.columns) <= set(row) for row in self.data), "each row has every column"


def distribution(axis: str, values: Data, summary: Data) -> Spec:
    """Single values as strokes over the quartiles as a box, with the mean.

    Args:
        axis: what the values are, and their unit.
        values: `value`; none where single values are not shown.
        summary: one row: `q1`, `median`, `q3`, `mean`, each None where it is not shown.
    """
    return _filled(_distribution(), {"values": values, "summary": summary}, {"axis": axis})


@cache
def _distribution() -> str:
    x = alt.X("value:Q", title="\0axis", scale=alt.Scale(zero=False, nice=True))
    summary = alt.Chart(alt.NamedData("summary"))
    box = summary.mark_bar(height=26, color=BLUE, opacity=0.25).encode(x=alt.X("q1:Q", title="\0axis"), x2="q3:Q")
    median = summary.mark_tick(thickness=3, size=34, color=BLUE).encode(x="median:Q")
    mean = summary.mark_point(shape="diamond", size=90, filled=True, color=ORANGE).encode(x="mean:Q")
    strokes = (
        alt.Chart(alt.NamedData("values")).mark_tick(thickness=1.2, size=16, color=INK, opacity=0.7, yOffset=-30).encode(x=x)
    )
    return _text(alt.layer(box, median, strokes, mean).properties(width=WIDTH, height=80))


def by_group(axis: str, rows: Data, mean_of_all: float | None) -> Spec:
    """Means by group as points over the middle half of the values as a line; the mean of all Members across.

    Args:
        axis: what the values are, and their unit.
        rows: `group`, `grouping`, `mean`, `q1`, `q3`, `n` as text.
        mean_of_all: of all Members.
    """
    across = [] if mean_of_all is None else [{"mean": mean_of_all}]
    spec = _filled(_by_group(), {"groups": rows, "across": across}, {"axis": axis, "order": [row["group"] for row in rows]})
    spec["height"] = ROW * len(rows)
    return spec


@cache
def _by_group() -> str:
    groups = alt.Chart(alt.NamedData("groups"))
    y = alt.Y("group:N", title=None, scale=alt.Scale(domain=["\0order"]), axis=LABELS)
    x = alt.X("mean:Q", title="\0axis", scale=alt.Scale(zero=False, nice=True))
    half = groups.mark_rule(strokeWidth=5, color=BLUE, opacity=0.3).encode(y=y, x=alt.X("q1:Q", title="\0axis"), x2="q3:Q")
    mean = groups.mark_point(shape="diamond", size=70, filled=True, color=ORANGE, opacity=1).encode(y=y, x=x)
    across = (
        alt.Chart(alt.NamedData("across"))
        .mark_rule(strokeDash=[4, 3], color=INK, opacity=0.6)
        .encode(x=alt.X("mean:Q", title="\0axis"))
    )
    return _text(alt.layer(across, half, mean).properties(width=WIDTH - 255, height=ROW))


def over_cycles(axis: str, rows: Data) -> Spec:
    """A mean over cycles, of all who reported and of those who reported in two cycles running.

    Args:
        axis: what the values are, and their unit.
        rows: `year`, `mean`, `series`: a line each.
    """
    return _filled(_over_cycles(), {"cycles": rows}, {"axis": axis})


@cache
def _over_cycles() -> str:
    base = alt.Chart(alt.NamedData("cycles")).encode(
        x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("mean:Q", title="\0axis", scale=alt.Scale(zero=False, nice=True)),
        detail="series:N",
    )
    color = alt.Color(
        "series:N", title=None, scale=alt.Scale(range=[ORANGE, BLUE]), legend=alt.Legend(orient="top", symbolType="stroke")
    )
    line = base.mark_line(strokeWidth=2).encode(color=color, strokeDash=alt.StrokeDash("series:N", legend=None))
    point = base.mark_point(filled=True, size=60, opacity=1).encode(color=color, shape=alt.Shape("series:N", legend=None))
    return _text(alt.layer(line, point).properties(width=WIDTH - 255, height=200))


def shares(axis: str, rows: Data, order: Sequence[str]) -> Spec:
    """Shares of answers in each row, stacked to a whole.

    Args:
        axis: what is divided.
        rows: `row`, `part`, `share` (0 to 1), `place` of the part.
        order: the parts' names.
    """
    spec = _filled(_shares(len(order)), {"shares": rows}, {"axis": axis, "order": list(order)})
    spec["height"] = ROW * len({row["row"] for row in rows})
    return spec


SHADES = {1: [BLUE], 2: [BLUE, "#c3c7cd"], 3: [BLUE, "#7fb8d8", "#c3c7cd"]}
"""Of parts, darkest first: they differ in greyscale, too."""


@cache
def _shares(n: int) -> str:
    chart = (
        alt.Chart(alt.NamedData("shares"))
        .mark_bar(height=15)
        .encode(
            y=alt.Y("row:N", sort=None, title=None, axis=LABELS),
            x=alt.X("share:Q", title="\0axis", stack="normalize", axis=alt.Axis(format="%")),
            color=alt.Color(
                "part:N",
                title=None,
                sort=None,
                scale=alt.Scale(domain=["\0order"], range=SHADES[n]),
                legend=alt.Legend(orient="top"),
            ),
            order="place:Q",
        )
    )
    return _text(chart.properties(width=WIDTH - 255, height=ROW))


def counts(axis: str, rows: Data) -> Spec:
    """A bar a row.

    Args:
        axis: what is counted.
        rows: `row`, `n`.
    """
    spec = _filled(_counts(), {"counts": rows}, {"axis": axis})
    spec["height"] = ROW * len(rows)
    return spec


@cache
def _counts() -> str:
    chart = (
        alt.Chart(alt.NamedData("counts"))
        .mark_bar(height=14, color=BLUE)
        .encode(
            y=alt.Y("row:N", sort=None, title=None, axis=LABELS),
            x=alt.X("n:Q", title="\0axis", axis=alt.Axis(tickMinStep=1)),
        )
    )
    return _text(chart.properties(width=WIDTH - 255, height=ROW))


def _text(chart: alt.LayerChart | alt.FacetChart | alt.Chart) -> str:
    """A kind of chart, in its style, without data."""
    configured = chart.configure(
        background="transparent",
        font=FONT,
        axis=alt.AxisConfig(
            labelColor=INK,
            titleColor=INK,
            titleFontWeight="normal",
            gridColor=GREY,
            gridOpacity=0.25,
            domainColor=GREY,
            tickColor=GREY,
            labelFontSize=SIZE,
            titleFontSize=SIZE,
        ),
        legend=alt.LegendConfig(labelColor=INK, titleColor=INK, labelFontSize=SIZE, columnPadding=30),
        view=alt.ViewConfig(stroke=None),
    )
    return json.dumps(vl_convert.vegalite_to_vega(configured.to_dict(validate=False)))


def _filled(spec: str, datasets: Mapping[str, Data], words: Mapping[str, str | list[str]]) -> Spec:
    """A kind of chart, with data and words."""
    for name, word in words.items():
        marked = json.dumps(f"\0{name}")
        spec = spec.replace(f"[{marked}]" if isinstance(word, list) else marked, json.dumps(word))
    filled: Spec = json.loads(spec)
    for data in filled["data"]:
        if data["name"] in datasets:
            data["values"] = datasets[data["name"]]
    return filled
