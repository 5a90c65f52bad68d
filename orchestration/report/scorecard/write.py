"""A scorecard as a page that is one file, and as PDF; both are their owner's alone to read."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from orchestration.report.paper import installed_browser, print_pdf
from orchestration.report.render import FOLDER, rendered

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.report.scorecard.card import Card


def write_scorecard(card: Card, folder: Path, *, with_pdf: bool = True) -> list[Path]:
    """Write a scorecard.

    Args:
        card: what it says.
        folder: to write to; it is made where it is not there.
        with_pdf: whether it is printed too, where a browser is installed.

    Returns:
        the files, whose names say cycle, Member and language.

    Raises:
        InputError: the browser fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{card.own.cycle}_{card.own.member}_scorecard_{card.view.language.code}"
    html, pdf = folder / f"{name}.html", folder / f"{name}.pdf"
    text = html_of(card)
    _write(html, text.encode())
    if not with_pdf or installed_browser() is None:
        return [html]
    _write(pdf, b"")
    print_pdf(text, pdf)
    return [html, pdf]


def html_of(card: Card) -> str:
    """A scorecard as one page that needs no other file."""
    page = card.page()
    style = Markup((FOLDER / "static" / "report.css").read_text(encoding="utf-8"))
    return rendered(replace(page, context=page.context | {"style": style}), card.view, "alone.html")


def _write(path: Path, content: bytes) -> None:
    """Write a file that nobody but its owner may read, whatever was there before."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
