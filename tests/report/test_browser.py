"""A report as readers have it: in a browser, wide and narrow, light and dark, with scripts and without, on paper."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from orchestration.completeness import Outcome, SuiteResult, read_suites
from orchestration.completeness.page import SetAside, write_run
from orchestration.inputs.home import Home
from orchestration.inputs.records import InputError
from orchestration.report.language import Language
from orchestration.report.paper import write_pdf
from tests.lab import new_cycle, new_home
from tests.report.browser import chromium, serious_faults, watched

KINDS = {
    "all cycles": "index.html",
    "cycle": "en/two/index.html",
    "KPIs": "en/two/kpis/index.html",
    "KPI": "en/two/kpis/K01.html",
    "KPI in French": "fr/two/kpis/K01.html",
    "instruments": "en/two/instruments/index.html",
    "instrument": "en/two/instruments/I01.html",
    "groups": "en/two/groups/index.html",
    "group": "en/two/groups/wco-region-europe.html",
    "compare": "en/two/compare.html",
    "needs": "en/two/needs.html",
    "goals": "en/two/sdgs.html",
    "about": "en/two/about.html",
}
"""A page of each kind."""


@pytest.fixture(scope="module")
def site(sites: Path) -> Path:
    """The report that peer reviewers have."""
    return sites / "wco"


@pytest.fixture
def new(tmp_path: Path) -> Home:
    """A home with nothing in it."""
    return new_home(tmp_path / "home")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_quiet_fits_and_can_be_read_by_all(site: Path, browser: Browser, kind: str) -> None:
    for width, dark in ((1200, False), (360, True)):
        with watched(browser, width=width, dark=dark) as seen:
            page = seen.open(site / KINDS[kind])
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (
                "nothing but sheets and charts scrolls sideways"
            )
            assert not serious_faults(page)
            for chart in page.locator("figure").all():
                assert chart.locator(".chart").get_attribute("aria-label")
                box = chart.locator(".chart svg").bounding_box()
                assert box
                assert box["width"] > 300
                assert box["height"] > 60
            assert not seen.complaints
            assert all(url.startswith((site.as_uri(), "data:")) for url in seen.asked), seen.asked


@pytest.mark.parametrize("name", ["index.html", "c/index.html", "c/set_aside.html"])
def test_the_checks_pages_are_quiet_fit_and_can_be_read_by_all(new: Home, tmp_path: Path, browser: Browser, name: str) -> None:
    result = SuiteResult(
        read_suites("raw")[0],
        (
            Outcome("All is well", "critical", is_met=True, detail=""),
            Outcome(
                "All was read", "warning", is_met=False, detail="not so for 1", n_rows=1, rows=({"file": "x" * 90, "n": 1.5},)
            ),
        ),
    )
    row = {"file": "x" * 90, "member": None, "where": "KPIs row 3 F", "value": "a" * 90, "message": "Write digits.", "n_cells": 2}
    aside = SetAside(2, 1, [("Text where a number belongs", 1, 2)], [row])
    write_run(tmp_path / "c", new_cycle(new, "c", {}), "raw", [result], dt.datetime(2026, 1, 2), aside)
    for width, dark in ((1200, False), (360, True)):
        with watched(browser, width=width, dark=dark) as seen:
            page = seen.open(tmp_path / name)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert not serious_faults(page)
            assert not seen.complaints
            assert seen.asked == [(tmp_path / name).as_uri()], "nothing is asked for from anywhere"


def test_tables_sort_and_filter_and_pages_are_found(site: Path, browser: Browser) -> None:
    with watched(browser) as seen:
        page = seen.open(site / KINDS["group"])
        means = page.locator("#kpis tbody tr td:nth-child(4)")
        keys = "cells => cells.map(cell => cell.dataset.sort === undefined ? null : Number(cell.dataset.sort))"
        before = means.evaluate_all(keys)
        page.locator("#kpis thead th:nth-child(4) button").click()
        upward = means.evaluate_all(keys)
        shown = [value for value in before if value is not None]
        assert upward == sorted(shown) + [None] * (len(before) - len(shown)), "what is not shown comes last"
        page.locator("#kpis thead th:nth-child(4) button").click()
        assert means.evaluate_all(keys) == sorted(shown, reverse=True) + [None] * (len(before) - len(shown))
        page.locator("input.filter").first.fill("seizures")
        names = page.locator("#kpis tbody tr:visible td:nth-child(2)").all_inner_texts()
        assert names
        assert all("seizures" in name for name in names)
        page.locator("#search").fill("electronic decl")
        page.locator("#found a").first.click()
        assert page.url.endswith("/en/two/kpis/K01.html")
        page.locator(".languages a[hreflang=fr]").click()
        assert page.url.endswith("/fr/two/kpis/K01.html")
        assert "Taux de déclarations électroniques" in page.locator("h1").inner_text()
        assert not seen.complaints


def test_without_scripts_groups_are_compared_and_all_is_there(site: Path, browser: Browser) -> None:
    with watched(browser, scripts=False) as seen:
        page = seen.open(site / KINDS["compare"])
        columns = page.locator("#compare thead th:visible")
        before = columns.all_inner_texts()
        page.get_by_label("Island").check()
        page.get_by_label("All Members").uncheck()
        after = columns.all_inner_texts()
        assert set(after) - set(before) == {"Island"}
        assert set(before) - set(after) == {"All Members"}
        page = seen.open(site / KINDS["KPI"])
        assert page.locator("#groups tbody tr").count() > 10
        assert page.locator("figure svg").count() >= 2
        assert page.locator("form.search").is_hidden(), "what needs a script is not offered"


def test_a_charts_data_is_one_click_away(site: Path, browser: Browser) -> None:
    with watched(browser) as seen:
        page = seen.open(site / KINDS["KPI"])
        with page.expect_download() as download:
            page.locator("#by-group a[download]").click()
        assert download.value.suggested_filename == "two-K01-by-group.csv"
        rows = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
        assert len(rows) == 1 + len(
            re.findall(r"<text[^>]*>[^<]*\(\d+\)</text>", page.locator("#by-group .chart svg").inner_html())
        )


def test_on_paper_a_page_has_what_is_to_be_read(site: Path, browser: Browser) -> None:
    with watched(browser, dark=True) as seen:
        page = seen.open(site / KINDS["KPI"])
        page.emulate_media(media="print")
        for hidden in ("form.search", "nav.pages", ".under"):
            assert page.locator(hidden).first.is_hidden()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.pdf().startswith(b"%PDF")


@pytest.mark.usefixtures("browser")
def test_a_cycles_report_is_one_pdf(two_cycles: Home, tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    write_pdf(two_cycles.published("public"), target, "public", "two", Language("fr"))
    reader = PdfReader(target)
    assert len(reader.pages) > 30
    first = reader.pages[0].extract_text()
    assert "Année de référence 2024" in first
    assert "Taux de déclarations électroniques" in first
    text = "".join(page.extract_text() for page in reader.pages)
    assert text.count("Répartition des Membres") > 10
    with pytest.raises(InputError, match="There is no report of 'never'"):
        write_pdf(two_cycles.published("public"), target, "public", "never", Language("fr"))
