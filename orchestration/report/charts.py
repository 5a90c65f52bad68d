"""What charts show: figures and words. `draw.py` makes pictures of them.

Readable in greyscale and by colour-blind readers: shape, position and shade say what a colour says, and the colours are those of
Okabe and Ito (https://jfly.uni-koeln.de/color/), whose names stand here; `report.css` says what they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Data = list[dict[str, Any]]


@dataclass(frozen=True)
class Drawing:
    """How a chart is drawn.

    Attributes:
        kind: one of `draw.KINDS`.
        datasets: figures by the name that the kind has for them; a row and a part are numbers.
        axis: what the figures are.
        names: what each row is called.
        parts: what each part of the legend is called, and the class of its mark.
        least: how much its axis spans at least: what differs by little is not to look as if it differed by much.
    """

    kind: str
    datasets: dict[str, Data]
    axis: str = ""
    names: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    least: float = 0


@dataclass(frozen=True)
class Chart:
    """A chart of a page.

    Attributes:
        name: of it on its page, in its address and the name of its data.
        title: what it shows.
        text: what it says, for who can't see it.
        drawing: how it is drawn.
        columns: of its data, with what each is called.
        data: its rows.
    """

    name: str
    title: str
    text: str
    drawing: Drawing
    columns: Mapping[str, str]
    data: Data

    def __post_init__(self) -> None:
        assert all(set(self.columns) <= set(row) for row in self.data), "each row has every column"


def distribution(axis: str, values: Iterable[float], summary: Mapping[str, float | None], words: Mapping[str, str]) -> Drawing:
    """Single values as strokes over the quartiles as a box, with the mean.

    Args:
        axis: what the values are, and their unit.
        values: none where single values are not shown.
        summary: `q1`, `median`, `q3`, `mean`, each None where it is not shown.
        words: for `value`, `box`, `median` and `mean`.
    """
    datasets: dict[str, Data] = {"values": [{"value": value} for value in values], "summary": [dict(summary)]}
    is_shown = {
        "value": bool(datasets["values"]),
        "box": summary["q1"] is not None and summary["q3"] is not None,
        "median": summary["median"] is not None,
        "mean": summary["mean"] is not None,
    }
    return Drawing("distribution", datasets, axis, parts=tuple((words[part], part) for part, shown in is_shown.items() if shown))


def by_group(axis: str, rows: Sequence[Mapping[str, Any]], mean_of_all: float | None, words: Mapping[str, str]) -> Drawing:
    """Means by group as points over the middle half of the values as a line; the mean of all Members across.

    Args:
        axis: what the values are, and their unit.
        rows: `name`, `mean`, `q1`, `q3`.
        mean_of_all: of all Members.
        words: for `mean`, `half` and `across`.
    """
    groups = [{"row": place, **{name: row[name] for name in ("mean", "q1", "q3")}} for place, row in enumerate(rows)]
    across = [] if mean_of_all is None else [{"mean": mean_of_all}]
    is_shown = {"mean": True, "half": any(row["q1"] is not None for row in rows), "across": bool(across)}
    parts = tuple((words[part], part) for part, shown in is_shown.items() if shown)
    return Drawing("by_group", {"groups": groups, "across": across}, axis, tuple(row["name"] for row in rows), parts)


def over_cycles(axis: str, rows: Sequence[Mapping[str, Any]], series: Sequence[str], decimals: int) -> Drawing:
    """A mean over cycles, of all who reported and of those who reported in two cycles running.

    Args:
        axis: what the values are, and their unit.
        rows: `year`, `mean`, `series`: a line each.
        series: the lines' names, at most two.
        decimals: with how many the means are written; the axis spans ten steps of the last one at least.
    """
    points = [{"year": row["year"], "mean": row["mean"], "series": series.index(row["series"])} for row in rows]
    there = {point["series"] for point in points}
    parts = tuple((name, f"line-{place}") for place, name in enumerate(series) if place in there)
    return Drawing("over_cycles", {"points": points}, axis, parts=parts, least=10.0 ** (1 - decimals))


def shares(axis: str, rows: Sequence[tuple[str, Sequence[float | None]]], parts: Sequence[str]) -> Drawing:
    """Shares of answers in each row, stacked to a whole.

    Args:
        axis: what is divided.
        rows: a name, and the share (0 to 1) of each part.
        parts: the parts' names, two or three.
    """
    found = [
        {"row": place, "part": part, "share": share}
        for place, (_, of_row) in enumerate(rows)
        for part, share in enumerate(of_row)
    ]
    shades = SHADES[len(parts)]
    return Drawing(
        "shares_of_two" if len(parts) == 2 else "shares_of_three",
        {"shares": found},
        axis,
        tuple(name for name, _ in rows),
        tuple((name, f"shade-{shade}") for name, shade in zip(parts, shades, strict=True)),
    )


SHADES = {2: (0, 2), 3: (0, 1, 2)}
"""Which shades parts have, by their number, darkest first: they differ in greyscale, too."""


def counts(axis: str, rows: Sequence[tuple[str, int]]) -> Drawing:
    """A bar a row.

    Args:
        axis: what is counted.
        rows: a name, and how many.
    """
    found = [{"row": place, "n": n} for place, (_, n) in enumerate(rows)]
    return Drawing("counts", {"counts": found}, axis, tuple(name for name, _ in rows))
