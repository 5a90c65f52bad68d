"""The kinds of charts, made with Altair; `draw.py` gives them data, and all that is not a figure.

`make docs` compiles them to `kinds/`, so that a report is written without Altair, which takes a second to import.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import altair as alt
import vl_convert

from orchestration.report.draw import COMPILED, KINDS, RIGHT, ROW, WIDTH

if TYPE_CHECKING:
    from pathlib import Path

    AnyChart = alt.LayerChart | alt.FacetChart | alt.Chart

INK, BLUE, ORANGE = "currentColor", "#0072B2", "#D55E00"
"""The ink of the page, light or dark, and two of Okabe's and Ito's colours."""
PALE_BLUE, PALE = "#7fb8d8", "#c3c7cd"
ROWS = "row:O"


def distribution() -> AnyChart:
    """Single values as strokes over the quartiles as a box, with the mean."""
    summary = alt.Chart(alt.NamedData("summary"))
    box = summary.mark_bar(height=26, color=BLUE, opacity=0.25).encode(x="q1:Q", x2="q3:Q")
    median = summary.mark_tick(thickness=3, size=34, color=BLUE).encode(x="median:Q")
    mean = summary.mark_point(shape="diamond", size=90, filled=True, color=ORANGE, opacity=1).encode(x="mean:Q")
    values = alt.Chart(alt.NamedData("values"))
    strokes = values.mark_tick(thickness=1.2, size=16, color=INK, opacity=0.7, yOffset=-30).encode(x="value:Q")
    return alt.layer(box, median, strokes, mean)


def by_group() -> AnyChart:
    """Means by group over the middle half of the values; the mean of all Members across."""
    groups, across = alt.Chart(alt.NamedData("groups")), alt.Chart(alt.NamedData("across"))
    half = groups.mark_rule(strokeWidth=5, color=BLUE, opacity=0.3).encode(y=ROWS, x="q1:Q", x2="q3:Q")
    mean = groups.mark_point(shape="diamond", size=70, filled=True, color=ORANGE, opacity=1).encode(y=ROWS, x="mean:Q")
    line = across.mark_rule(strokeDash=[4, 3], color=INK, opacity=0.6).encode(x="mean:Q")
    return alt.layer(line, half, mean)


def over_cycles() -> AnyChart:
    """A mean over cycles, a line a series."""
    base = alt.Chart(alt.NamedData("points")).encode(x="year:O", y="mean:Q", detail="series:N")
    color = alt.Color("series:N", legend=None, scale=alt.Scale(domain=[0, 1], range=[ORANGE, BLUE]))
    dash = alt.StrokeDash("series:N", legend=None, scale=alt.Scale(domain=[0, 1], range=[[1, 0], [5, 3]]))
    shape = alt.Shape("series:N", legend=None, scale=alt.Scale(domain=[0, 1], range=["circle", "square"]))
    line = base.mark_line(strokeWidth=2).encode(color=color, strokeDash=dash)
    return alt.layer(line, base.mark_point(filled=True, size=60, opacity=1).encode(color=color, shape=shape))


def shares(shades: list[str]) -> AnyChart:
    """Shares in each row, one after the other.

    Args:
        shades: of the parts, darkest first: they differ in greyscale, too.
    """
    color = alt.Color("part:O", legend=None, scale=alt.Scale(domain=list(range(len(shades))), range=shades))
    bars: alt.Chart = alt.Chart(alt.NamedData("shares")).mark_bar(height=15)
    return bars.encode(y=ROWS, x="share:Q", color=color, order="part:O")


def counts() -> AnyChart:
    """A bar a row."""
    bars: alt.Chart = alt.Chart(alt.NamedData("counts")).mark_bar(height=14, color=BLUE)
    return bars.encode(y=ROWS, x="n:Q")


def compiled() -> dict[Path, str]:
    """Each kind as Vega has it, by the file that it is kept in."""
    made = {
        "distribution": distribution(),
        "by_group": by_group(),
        "over_cycles": over_cycles(),
        "shares_of_two": shares([BLUE, PALE]),
        "shares_of_three": shares([BLUE, PALE_BLUE, PALE]),
        "counts": counts(),
    }
    return {COMPILED / f"{name}.json": _compiled(name, chart) for name, chart in made.items()}


def _compiled(name: str, chart: AnyChart) -> str:
    placed = chart.properties(width=WIDTH - KINDS[name].left - RIGHT, height=ROW, autosize="none")
    styled = placed.configure(aria=False, background="transparent", view=alt.ViewConfig(stroke=None))
    vega = vl_convert.vegalite_to_vega(styled.to_dict(validate=False)) | {"axes": []}
    return json.dumps(vega, indent=1) + "\n"
