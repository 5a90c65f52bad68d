"""The machine's Chromium, driven by Playwright: pages opened as files, with all that they ask for and complain of written down."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from orchestration.report.paper import installed_browser

QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")
REQUIRED = "PMM_TEST_BROWSER"
"""Set where a browser has to be there, as in CI."""


@dataclass
class Watched:
    """A page, and what it asked for and complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: Path) -> Page:
        """Open a file."""
        self.page.goto(path.as_uri())
        return self.page


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; the test is skipped where the machine has none and none has to be there."""
    found = installed_browser()
    if found is None:
        assert not os.environ.get(REQUIRED), "there is no Chromium, and there has to be one"
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        # as root, as in containers, Chromium has no sandbox of its own
        browser = playwright.chromium.launch(executable_path=found, args=list(QUIET), chromium_sandbox=os.geteuid() != 0)
        yield browser
        browser.close()


def serious_faults(page: Page) -> list[tuple[str, list[str]]]:
    """What keeps somebody from reading a page, as axe-core sees it."""
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@contextmanager
def watched(browser: Browser, *, width: int = 1200, dark: bool = False, scripts: bool = True) -> Iterator[Watched]:
    """An empty page.

    Args:
        browser: where.
        width: of the window, in pixels.
        dark: whether its reader prefers dark pages.
        scripts: whether JavaScript runs.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", java_script_enabled=scripts
    )
    found = Watched(context.new_page())
    found.page.on("request", lambda request: found.asked.append(request.url))
    found.page.on("requestfailed", lambda request: found.complaints.append(f"failed: {request.url}"))
    found.page.on("console", lambda message: found.complaints.append(message.text))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    yield found
    context.close()
