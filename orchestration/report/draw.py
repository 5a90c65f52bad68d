"""Charts drawn as SVG by vl-convert, without a browser and without a network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import vl_convert

if TYPE_CHECKING:
    from orchestration.report.language import Language

NUMBER = re.compile(r"-?\d+\.\d{2,}")
WORKING = re.compile(r' (?:class="[^"]*"|aria-[a-z]+="[^"]*"|role="[^"]*"|pointer-events="none"|stroke-miterlimit="10")')
"""Attributes that only Vega's own script asks for."""


def draw(spec: dict[str, Any], language: Language, name: str) -> str:
    """A chart as SVG to stand in a page.

    Args:
        spec: of Vega.
        language: whose numbers its axes have.
        name: of the chart on its page: what it refers to in itself is called so.
    """
    symbols = language.locale.number_symbols["latn"]
    marks = {"decimal": symbols["decimal"], "thousands": symbols["group"], "grouping": [3], "currency": ["", ""]}
    svg = str(vl_convert.vega_to_svg(spec, format_locale=marks))
    svg = WORKING.sub("", svg[svg.index("<svg") :])
    svg = NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), svg)
    svg = re.sub(r'(id="|url\(#)(clip\d+)', rf"\1{name}-\2", svg)
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
