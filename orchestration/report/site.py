"""All pages of an audience's report, from its file; a page whose figures did not change is the same file as before."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from orchestration.inputs.home import CODE
from orchestration.publication.package import FORMULA
from orchestration.report.draw import draw
from orchestration.report.figures import read_figures
from orchestration.report.language import languages
from orchestration.report.pages.about import about_page
from orchestration.report.pages.compare import compare_page
from orchestration.report.pages.cycle import cycle_page
from orchestration.report.pages.goals import goals_page
from orchestration.report.pages.group import group_page
from orchestration.report.pages.groups import groups_page
from orchestration.report.pages.instrument import instrument_page
from orchestration.report.pages.instruments import instruments_page
from orchestration.report.pages.kpi import kpi_page
from orchestration.report.pages.kpis import kpis_page
from orchestration.report.pages.needs import needs_page
from orchestration.report.view import View
from orchestration.warehouse.code_version import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.disclosure.audiences import AudienceName
    from orchestration.report.charts import Chart
    from orchestration.report.figures import Figures
    from orchestration.report.language import Language
    from orchestration.report.page import Page

HERE = Path(__file__).parent
PAGES = "pages.json"
"""Beside the pages: what each was made from, so that the next report need not make it again."""


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        n_pages: all pages.
        n_new: those that were not taken from the report before.
        n_bytes: of all files together.
    """

    n_pages: int
    n_new: int
    n_bytes: int


def write_report(file: Path, folder: Path, audience: AudienceName, last: Path | None = None) -> Written:
    """Write an audience's report.

    Args:
        file: the audience's file.
        folder: of the report; it must not be there yet.
        audience: whose report it is.
        last: the folder of the report before it; None for the first.
    """
    figures = read_figures(file)
    made_before = _read_made(last)
    made: dict[str, str] = {}
    shutil.copytree(HERE / "static", folder / "static")
    n_new = 0
    for language in languages():
        found = []
        for cycle in figures.cycles.values():
            view = View(audience, figures, cycle, language)
            for page in pages_of(view):
                path = f"{language.code}/{page.path}"
                made[path] = page.digest(_version(), audience, language.code)
                if not (last and made_before.get(path) == made[path] and _take_over(last, folder, path, page)):
                    n_new += 1
                    _write(folder / path, page, view)
                if page.search:
                    found.append([f"{page.search} ({cycle.name})", page.path])
        script = f"window.pages = {json.dumps(found, ensure_ascii=False)};\n"
        (folder / language.code / "search.js").write_text(script.replace("<", "\\u003c"), encoding="utf-8")
    _write_index(folder, figures, audience)
    (folder / PAGES).write_text(json.dumps(made), encoding="utf-8")
    n_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Written(len(made), n_new, n_bytes)


def pages_of(view: View) -> Iterator[Page]:
    """All pages of a cycle in a language."""
    yield cycle_page(view)
    yield kpis_page(view)
    yield instruments_page(view)
    yield groups_page(view)
    yield compare_page(view)
    yield needs_page(view)
    yield goals_page(view)
    yield about_page(view)
    for kpi in view.cycle.kpis:
        yield kpi_page(view, kpi)
    for instrument in view.cycle.instruments:
        yield instrument_page(view, instrument)
    for group in view.groups:
        yield group_page(view, group)


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


def _write(path: Path, page: Page, view: View) -> None:
    say = view.language
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = [_drawn(chart, path, page, view) for chart in page.charts]
    here = page.path.removeprefix(f"{view.cycle.name}/")
    up = "../" * here.count("/")
    context = page.context | {
        "_": say,
        "language": say,
        "languages": languages(),
        "title": page.title,
        "cycle": view.cycle.name,
        "cycles": view.figures.cycles,
        "root": page.root,
        "home": up,
        "path": page.path,
        "here": here,
        "menu": _menu(say),
        "trail": page.trail,
        "charts": drawn,
        "synthetic": view.cycle.is_synthetic,
        "audience_note": audience_note(say, view.audience),
        "citation": _citation(view, page.title),
    }
    path.write_text(_templates().get_template(page.template).render(context), encoding="utf-8")


def _drawn(chart: Chart, path: Path, page: Page, view: View) -> dict[str, Any]:
    say = view.language
    data = path.with_name(f"{path.stem}.{chart.name}.csv")
    _write_csv(data, chart)
    return {
        "name": chart.name,
        "title": chart.title,
        "text": chart.text,
        # the figures that stand in it are of the file, and vl-convert escapes them
        "svg": Markup(draw(chart.spec, say, chart.name)),
        "csv": data.name,
        "csv_word": say("Data (CSV)"),
        "link_word": say("Link to this chart"),
        "text_word": say("What it shows, and how to cite it"),
        "citation": _citation(view, f"{page.title}: {chart.title}"),
    }


def _write_csv(path: Path, chart: Chart) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(chart.columns.values())
    for row in chart.data:
        writer.writerow(_as_text(row[column]) for column in chart.columns)
    path.write_text(text.getvalue(), encoding="utf-8")


def _as_text(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and re.match(FORMULA, value) else value


def _take_over(last: Path, folder: Path, path: str, page: Page) -> bool:
    """Take a page and its data from the report before; whether they are there."""
    names = [path, *(str(Path(path).with_name(f"{Path(path).stem}.{chart.name}.csv")) for chart in page.charts)]
    if not all((last / name).is_file() for name in names):
        return False
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(last / name, folder / name)
        except OSError:  # not every file system knows second names
            shutil.copy2(last / name, folder / name)
    return True


def _write_index(folder: Path, figures: Figures, audience: AudienceName) -> None:
    english = languages()[0]
    text = (
        _templates()
        .get_template("index.html")
        .render(
            _=english,
            language=english,
            languages=languages(),
            cycles=figures.cycles.values(),
            audience_note=audience_note(english, audience),
        )
    )
    (folder / "index.html").write_text(text, encoding="utf-8")


def audience_note(say: Language, audience: str) -> str:
    """For whom a report is."""
    return {
        "public": say("For everybody."),
        "wco": say("For administrations of WCO Members: not for the public."),
        "internal": say("For the Secretariat alone."),
    }[audience]


def _citation(view: View, title: str) -> str:
    say, about = view.language, view.cycle.about
    framework = view.text("framework", about["framework"], about["framework_name"])
    year = say("reporting year {year}", year=view.cycle.year)
    return f"{framework}, {view.cycle.name}, {year}, {title}"


def _read_made(last: Path | None) -> dict[str, str]:
    if last is None:
        return {}
    try:
        return dict(json.loads((last / PAGES).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}  # it was made by other code, or is damaged: all pages are made again


@cache
def _version() -> str:
    return version_of(CODE / "orchestration" / "report")


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
