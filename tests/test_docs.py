"""The pages say what is so: made pages are up to date, and links and named files are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestration.cli.pages import DOCS, lineage_file, raw_yaml, reference_pages
from orchestration.inputs.home import CODE

PAGES = [CODE / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")] + sorted(DOCS.rglob("*.md"))


def test_made_pages_are_up_to_date() -> None:
    for path, text in {**raw_yaml(), **reference_pages(), **lineage_file()}.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert link.startswith("https://") or (page.parent / link).exists(), link


def test_every_page_is_linked_from_the_readme() -> None:
    text = (CODE / "README.md").read_text(encoding="utf-8")
    for page in DOCS.glob("*.md"):
        assert f"docs/{page.name}" in text, page.name
