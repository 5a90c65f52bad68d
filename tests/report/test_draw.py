"""Charts: what is drawn stands where the numbers of the axis say that it does."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.report import charts
from orchestration.report.draw import KINDS, draw, marks_of, short
from orchestration.report.kinds import compiled
from orchestration.report.language import Language

FIGURES = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
TEXT = re.compile(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)">([^<]*)</text>')
WORDS = {"mean": "mean", "half": "half", "across": "across"}


@given(FIGURES, FIGURES, st.booleans())
def test_an_axis_has_few_round_numbers_that_reach_beyond_the_figures(one: float, other: float, whole: bool) -> None:
    low, high = sorted((one, other))
    marks = marks_of(low, high, whole=whole)
    tolerance = 1e-6 * max(abs(low), abs(high), 1)
    assert marks[0] <= low + tolerance
    assert marks[-1] >= high - tolerance
    assert 2 <= len(marks) <= 9
    steps = [after - before for before, after in pairwise(marks)]
    assert max(steps) == pytest.approx(min(steps), rel=1e-6)
    mantissa = steps[0] / 10 ** math.floor(math.log10(steps[0]) + 1e-6)
    assert any(mantissa == pytest.approx(round_one, rel=1e-5) for round_one in (1, 2, 5, 10))
    assert not whole or all(mark == round(mark) for mark in marks)


def number(text: str) -> float:
    return float(text.replace(",", "").replace("\N{MINUS SIGN}", "-").replace("%", ""))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(FIGURES, FIGURES, FIGURES), min_size=1, max_size=12))
def test_each_mean_stands_where_the_axis_says(rows: list[tuple[float, float, float]]) -> None:
    groups = [{"name": f"group {n}", "mean": sorted(row)[1], "q1": min(row), "q3": max(row)} for n, row in enumerate(rows)]
    svg = str(draw(charts.by_group("Percent", groups, None, WORDS), Language("en"), "by-group"))
    kind, numbers = (
        KINDS["by_group"],
        [(float(x), number(text)) for x, _, anchor, text in TEXT.findall(svg) if anchor == "middle" and text != "Percent"],
    )
    (left, low), (right, high) = numbers[0], numbers[-1]
    diamonds = re.findall(r'<path transform="translate\(([-\d.]+),([-\d.]+)\)"[^>]*fill="#D55E00"', svg)
    assert len(diamonds) == len(groups)
    for place, ((x, y), group) in enumerate(zip(diamonds, groups, strict=True)):
        value = low + (kind.left + float(x) - left) / (right - left) * (high - low)
        assert value == pytest.approx(group["mean"], abs=(high - low) / 1000), "within half a pixel"
        assert float(y) == pytest.approx(22 * (place + 0.5), abs=0.1)


def test_shares_are_as_wide_as_they_are_even_where_they_are_more_than_a_whole() -> None:
    drawing = charts.shares("Share", [("A", [0.5, 0.3, 0.25]), ("B", [0.2, 0.2, 0.6])], ["in use", "planned", "no plans"])
    svg = str(draw(drawing, Language("en"), "use"))
    at = {text: float(x) for x, _, _, text in TEXT.findall(svg)}
    whole = at["100%"] - at["0%"]
    widths = [float(width) / whole for width in re.findall(r"h(\d[\d.]*)v15h", svg)]
    assert widths == pytest.approx([0.5, 0.3, 0.25, 0.2, 0.2, 0.6], abs=0.001)


def test_what_differs_by_little_does_not_look_as_if_it_differed_by_much() -> None:
    for before, after, decimals, least in ((76.4, 76.5, 1, 1), (3, 3, 0, 10), (-0.2, 0.1, 1, 1)):
        rows = [{"year": 2022, "mean": before, "series": "all"}, {"year": 2024, "mean": after, "series": "all"}]
        svg = str(draw(charts.over_cycles("Percent", rows, ["all", "both"], decimals), Language("en"), "over-cycles"))
        marks = [number(text) for _, _, anchor, text in TEXT.findall(svg) if anchor == "end"]
        assert max(marks) - min(marks) >= least
        assert min(marks) <= min(before, after)
        assert max(marks) >= max(before, after)
        assert min(marks) >= 0 or before < 0


def test_numbers_are_written_as_the_language_does_and_names_are_escaped() -> None:
    groups = [{"name": '<b>Fürs Erste</b> & "so"', "mean": 12000.5, "q1": 1000, "q3": 20000}]
    svg = str(draw(charts.by_group("Heures", groups, 15000, WORDS), Language("fr"), "x"))
    assert "10\N{NARROW NO-BREAK SPACE}000" in svg
    assert "&lt;b&gt;Fürs Erste&lt;/b&gt; &amp; " in svg
    assert "<b>" not in svg


def test_a_long_name_is_cut_where_there_is_no_more_room() -> None:
    assert short("North of Africa, Near and Middle East") == "North of Africa, Near and Middle East"
    assert short("x" * 50) == "x" * 36 + "…"
    assert len(short("非" * 50)) == 18


def test_the_kinds_are_compiled_as_they_are_declared() -> None:
    for path, text in compiled().items():
        assert path.read_text(encoding="utf-8") == text, "make docs compiles them"
