"""Charts as SVG, without a browser and without a network.

What Vega draws is figures alone. Axes and words are added to what it has drawn: an axis takes as long as all marks, and each
text, which it lays out to measure it, 2 ms. So what is drawn once serves all languages, too, and numbers are written as a
language does. What each kind is like, `kinds.py` says; `make docs` compiles them.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import vl_convert
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from orchestration.report.charts import Drawing
    from orchestration.report.language import Language

COMPILED = Path(__file__).with_name("kinds")
"""A file a kind of chart, as Vega has it."""
WIDTH, ROW, NAMES = 780, 22, 290
"""Of a chart, of a row of one with a row a group, and of the names beside rows, in pixels."""
ABOVE, BELOW, RIGHT = 6, 40, 22
"""Room around what is drawn, for the axis' numbers and what it is called, in pixels."""
MARKS = 5
"""About how many numbers an axis has."""
LETTERS = 37
"""How many of them a name beside a row may have."""
SIZE = 12
"""Of letters, in pixels: `report.css` has it, too."""
NUMBER = re.compile(r"-?\d+\.\d{2,}")
WORKING = re.compile(
    r' (?:class="[^"]*"|aria-[a-z]+="[^"]*"|role="[^"]*"|pointer-events="none"|stroke-miterlimit="10"'
    r'|font-(?:family|size)="[^"]*"|transform="translate\(0,0\)")'
)
"""Attributes that only Vega's own script asks for, or that the page's style gives."""


class Kind(NamedTuple):
    """A kind of chart.

    Attributes:
        left: room for names or numbers, in pixels.
        fields: those along the axis of figures.
        height: of what is drawn, in pixels; None where each row has one.
        is_upright: whether its figures grow upward, over years.
        is_whole: whether the axis is of whole numbers, and begins with 0.
        is_share: whether it is of shares of a whole.
    """

    left: int
    fields: tuple[str, ...] = ()
    height: int | None = None
    is_upright: bool = False
    is_whole: bool = False
    is_share: bool = False


KINDS = {
    "distribution": Kind(14, ("value", "q1", "median", "q3", "mean"), 80),
    "by_group": Kind(NAMES, ("mean", "q1", "q3")),
    "over_cycles": Kind(64, ("mean",), 200, is_upright=True),
    "shares_of_two": Kind(NAMES, is_share=True),
    "shares_of_three": Kind(NAMES, is_share=True),
    "counts": Kind(NAMES, ("n",), is_whole=True),
}
"""All kinds, by name."""


def draw(drawing: Drawing, language: Language, name: str) -> Markup:
    """A chart as SVG to stand in a page.

    Args:
        drawing: what it shows.
        language: whose numbers its axes have.
        name: of the chart on its page: what it refers to in itself is called so.
    """
    kind = KINDS[drawing.kind]
    height, width = kind.height or ROW * len(drawing.names), WIDTH - kind.left - RIGHT
    top = ABOVE + (SIZE + 8 if kind.is_upright else 0)
    marks, low, high = _axis(drawing)
    svg = _figures(drawing.kind, height, top, json.dumps(drawing.datasets), low, high)
    svg = re.sub(r'(id="|url\(#)(clip\d+)', rf"\1{name}-\2", svg)
    decimals = 0 if kind.is_share else max(0, -math.floor(math.log10(marks[1] - low) + 1e-9))
    lines = []
    words = [_word(short(row), kind.left - 8, top + ROW * place + ROW // 2 + 4, "end") for place, row in enumerate(drawing.names)]
    for mark in marks:
        text = language.percent(mark) if kind.is_share else language.number(mark, decimals)
        along = (mark - low) / (high - low)
        if kind.is_upright:
            y = round(top + height * (1 - along), 1)
            words.append(_word(text, kind.left - 8, y + 4, "end"))
            lines.append(f"M{kind.left} {y}h{width}")
        else:
            x = round(kind.left + width * along, 1)
            words.append(_word(text, x, top + height + 18, "middle"))
            lines.append(f"M{x} {top}v{height + 4}")
    if kind.is_upright:
        words.append(_word(drawing.axis, 0, SIZE))
        years = sorted({point["year"] for point in drawing.datasets["points"]})
        for place, year in enumerate(years):
            words.append(_word(str(year), round(kind.left + width * (place + 0.5) / len(years), 1), top + height + 18, "middle"))
    else:
        words.append(_word(drawing.axis, kind.left + width // 2, top + height + BELOW - 6, "middle"))
    head, end, marked = svg.partition(">")
    grid = Markup('<path class="grid" d="{}"/>').format("".join(lines))
    return Markup(head + end) + grid + Markup(marked.removesuffix("</svg>")) + Markup("").join(words) + Markup("</svg>")


def _axis(drawing: Drawing) -> tuple[tuple[float, ...], float, float]:
    """The numbers of a chart's axis, and from where to where it reaches."""
    kind = KINDS[drawing.kind]
    if kind.is_share:
        wholes: dict[int, float] = defaultdict(float)
        for row in drawing.datasets["shares"]:
            wholes[row["row"]] += row["share"] or 0
        # shares of rounded counts may be a little more than a whole
        return (0, 0.2, 0.4, 0.6, 0.8, 1), 0, max(1, *wholes.values())
    figures = [row[one] for rows in drawing.datasets.values() for row in rows for one in kind.fields if row.get(one) is not None]
    low, high = min([0.0, *figures] if kind.is_whole else figures), max(figures)
    if high - low < drawing.least:
        middle, is_signed = (low + high) / 2, low < 0
        low = middle - drawing.least / 2 if is_signed else max(0.0, middle - drawing.least / 2)
        high = max(high, low + drawing.least)
    marks = marks_of(low, high, whole=kind.is_whole)
    return marks, marks[0], marks[-1]


def marks_of(low: float, high: float, *, whole: bool = False) -> tuple[float, ...]:
    """Round numbers for an axis that reaches from one figure to another: some five, the first and the last beyond these.

    Args:
        low: the least figure.
        high: the greatest.
        whole: whether none but whole numbers may stand there.
    """
    if high - low <= 1e-9 * max(abs(low), abs(high), 1):
        low, high = low - (0 if whole else 0.5), high + (1 if whole else 0.5)
    exponent = math.floor(math.log10((high - low) / MARKS))
    step = next(one for one in (1, 2, 5, 10) if one * 10.0**exponent >= (high - low) / MARKS) * 10.0**exponent
    step = max(step, 1) if whole else step
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(float(f"{place * step:.12g}") for place in range(first, last + 1))


def short(name: str, room: int = LETTERS) -> str:
    """A name that has room beside a row; letters of Chinese, say, are as wide as two."""
    for place, letter in enumerate(name):
        room -= 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if room < 0:
            return name[: place - 1].rstrip() + "…"
    return name


def _word(text: str, x: float, y: float, anchor: str = "start") -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, escape(text))


@lru_cache(maxsize=2000)
def _figures(name: str, height: int, top: int, datasets: str, low: float, high: float) -> str:
    """What Vega draws of figures."""
    kind, spec, figures = KINDS[name], json.loads(_compiled(name)), json.loads(datasets)
    spec["height"] = height
    spec["padding"] = {"left": kind.left, "right": RIGHT, "top": top, "bottom": BELOW}
    for data in spec["data"]:
        if data["name"] in figures:
            data["values"] = figures[data["name"]]
    along = "y" if kind.is_upright else "x"
    for scale in spec["scales"]:
        if scale["name"] == along:
            scale |= {"domain": [low, high], "nice": False, "zero": False}
    svg = str(vl_convert.vega_to_svg(spec))
    svg = WORKING.sub("", svg[svg.index("<svg") :])
    svg = NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), svg)
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


@cache
def _compiled(name: str) -> str:
    """A kind of chart as Vega has it, without data."""
    return (COMPILED / f"{name}.json").read_text(encoding="utf-8")
