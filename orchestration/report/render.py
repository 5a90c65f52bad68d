"""A page as HTML: its template, with its charts drawn."""

from __future__ import annotations

import base64
import csv
import io
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from orchestration.publication.package import FORMULA
from orchestration.report.draw import draw
from orchestration.report.language import languages

if TYPE_CHECKING:
    from orchestration.report.charts import Chart
    from orchestration.report.language import Language
    from orchestration.report.page import Page
    from orchestration.report.view import View

FOLDER = Path(__file__).parent


def prepare() -> None:
    """Read the forms and the languages, which takes a third of a second: once, for processes that are forked from this one."""
    for name in templates().list_templates():
        templates().get_template(name)
    for language in languages():
        language.percent(0.5)
        assert language.translations


def rendered(page: Page, view: View, layout: str = "base.html") -> str:
    """A page as HTML.

    Args:
        page: the page.
        view: the cycle, in the page's language.
        layout: the template around its content.
    """
    say = view.language
    drawn = [_drawn(chart, page, view) for chart in page.charts]
    here = page.path.removeprefix(f"{view.cycle.name}/")
    up = "../" * here.count("/")
    context = page.context | {
        "_": say,
        "language": say,
        "languages": languages(),
        "layout": layout,
        "title": page.title,
        "cycle": view.cycle.name,
        "root": page.root,
        "home": up,
        "path": page.path,
        "here": here,
        "menu": _menu(say),
        "trail": page.trail,
        "charts": drawn,
        "synthetic": view.cycle.is_synthetic,
        "audience_note": audience_note(say, view.audience),
        "citation": citation(view, page.title),
    }
    return templates().get_template(page.template).render(context)


def _menu(say: Language) -> list[tuple[str, str]]:
    return [
        ("index.html", say("The cycle")),
        ("kpis/index.html", say("KPIs")),
        ("instruments/index.html", say("Instruments")),
        ("groups/index.html", say("Groups")),
        ("compare.html", say("Compare groups")),
        ("needs.html", say("Needs")),
        ("sdgs.html", say("SDGs")),
        ("about.html", say("About the figures")),
    ]


def _drawn(chart: Chart, page: Page, view: View) -> dict[str, Any]:
    say = view.language
    name = f"{view.cycle.name}-{Path(page.path).stem}-{chart.name}.csv"
    return {
        "name": chart.name,
        "title": chart.title,
        "text": chart.text,
        "svg": draw(chart.drawing, say, chart.name),
        "legend": chart.drawing.parts,
        "csv": f"data:text/csv;charset=utf-8;base64,{base64.b64encode(_csv(chart)).decode()}",
        "csv_name": name,
        "csv_word": say("Data (CSV)"),
        "link_word": say("Link to this chart"),
        "text_word": say("What it shows, and how to cite it"),
        "citation": citation(view, f"{page.title}: {chart.title}"),
    }


def _csv(chart: Chart) -> bytes:
    """A chart's data; in the page, so that it is there wherever the page is."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(chart.columns.values())
    for row in chart.data:
        writer.writerow(_as_text(row[column]) for column in chart.columns)
    return text.getvalue().encode()


def _as_text(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and re.match(FORMULA, value) else value


def audience_note(say: Language, audience: str) -> str:
    """For whom a report is."""
    return {
        "public": say("For everybody."),
        "wco": say("For administrations of WCO Members: not for the public."),
        "internal": say("For the Secretariat alone."),
    }[audience]


def citation(view: View, title: str) -> str:
    """How a page or a chart is cited."""
    say, about = view.language, view.cycle.about
    framework = view.text("framework", "name", about["framework_name"])
    year = say("reporting year {year}", year=view.cycle.year)
    return f"{framework}, {view.cycle.name}, {year}, {title}"


@cache
def templates() -> jinja2.Environment:
    """The forms of the pages; whatever is put into them is escaped."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
