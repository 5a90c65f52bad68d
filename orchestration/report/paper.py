"""A cycle's report as one document to print: its pages one after the other, printed to PDF by the machine's Chromium."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from orchestration.inputs.records import InputError, Problem
from orchestration.report.figures import opened
from orchestration.report.pages.about import about_page
from orchestration.report.pages.cycle import cycle_page
from orchestration.report.pages.goals import goals_page
from orchestration.report.pages.groups import groups_page
from orchestration.report.pages.instruments import instruments_page
from orchestration.report.pages.kpi import kpi_page
from orchestration.report.pages.kpis import kpis_page
from orchestration.report.pages.needs import needs_page
from orchestration.report.render import FOLDER, audience_note, citation, rendered, templates
from orchestration.report.view import View
from orchestration.warehouse.temporary import own_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.disclosure.audiences import AudienceName
    from orchestration.report.language import Language
    from orchestration.report.page import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
"""Names under which Chromium and its kin are installed."""
ALONE = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Nothing is shown, and nobody is asked for anything."""
CANT = "The report can't be printed"
LIMIT = 300.0
"""Seconds that the browser may take."""


def installed_browser() -> str | None:
    """The machine's Chromium, or one of its kin; None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def write_pdf(file: Path, target: Path, audience: AudienceName, cycle: str, language: Language) -> None:
    """Write a cycle's report as PDF.

    Args:
        file: the audience's file.
        target: the PDF.
        audience: whose report it is.
        cycle: the cycle.
        language: of the document.

    Raises:
        InputError: the file does not have the cycle, the machine has no browser, or the browser fails.
    """
    _needs_browser(target)
    with opened(file) as source:
        cycles = [told.name for told in source.cycles()]
        if cycle not in cycles:
            what = f"{file.name} does not have it; it has {', '.join(cycles)}"
            raise InputError(f"There is no report of {cycle!r}", [Problem(str(file), None, None, what)])
        view = View(audience, source.read(cycle), language)
    print_pdf(document(view), target)


def print_pdf(html: str, target: Path) -> None:
    """Print a page that needs no other file.

    Args:
        html: the page.
        target: the PDF; where it is there already, it keeps its rights.

    Raises:
        InputError: the machine has no browser, or the browser fails.
    """
    browser = _needs_browser(target)
    with tempfile.TemporaryDirectory(dir=own_folder()) as name:
        folder = Path(name)
        (folder / "report.html").write_text(html, encoding="utf-8")
        _print(browser, folder, folder / "report.pdf")
        shutil.copyfile(folder / "report.pdf", target)


def _needs_browser(target: Path) -> str:
    browser = installed_browser()
    if browser is None:
        what = "no Chromium is installed here; install one (Debian: chromium), or print the report from a browser"
        raise InputError(CANT, [Problem(str(target), None, None, what)])
    return browser


def document(view: View) -> str:
    """The pages of a cycle as one document."""
    pages = list(_pages(view))
    # a link leads to another file, and an anchor of two pages is one in the document
    leaves = [re.sub(r' (?:id|href|tabindex|download)="[^"]*"', "", rendered(page, view, "leaf.html")) for page in pages]
    say = view.language
    return (
        templates()
        .get_template("paper.html")
        .render(
            _=say,
            language=say,
            style=Markup((FOLDER / "static" / "report.css").read_text(encoding="utf-8")),
            title=say("Reporting year {year}", year=view.cycle.year),
            lead=view.cycle.name,
            synthetic=view.cycle.is_synthetic,
            audience_note=audience_note(say, view.audience),
            citation=citation(view, say("Report")),
            contents=[f"{page.code} {page.title}".lstrip() for page in pages],
            leaves=[Markup(leaf) for leaf in leaves],
        )
    )


def _pages(view: View) -> Iterator[Page]:
    yield cycle_page(view)
    yield kpis_page(view)
    for kpi in view.cycle.kpis:
        yield kpi_page(view, kpi)
    yield instruments_page(view)
    yield groups_page(view)
    yield needs_page(view)
    yield goals_page(view)
    yield about_page(view)


def _print(browser: str, folder: Path, target: Path) -> None:
    # as root, as in containers, Chromium has no sandbox of its own
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    profile = f"--user-data-dir={folder / 'profile'}"
    printing = ["--no-pdf-header-footer", "--generate-pdf-document-outline", f"--print-to-pdf={target}"]
    command = [browser, *ALONE, *sandbox, profile, *printing, (folder / "report.html").as_uri()]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        raise InputError(CANT, [Problem(browser, None, None, f"it took more than {LIMIT:g} s")]) from None
    if done.returncode or not target.is_file():
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise InputError(CANT, [Problem(browser, None, None, f"it ended with {done.returncode}: {said}")])
