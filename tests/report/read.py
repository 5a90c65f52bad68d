"""What stands on a page, read back from its HTML."""

from __future__ import annotations

import base64
import csv
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path


class Read(HTMLParser):
    """What a page refers to, its anchors, and its tables' cells as text, by the tables' names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.refers: list[str] = []
        self.anchors: list[str] = []
        self.tags: set[str] = set()
        self.tables: dict[str, list[list[str]]] = {}
        self._table, self._in_cell = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.refers += [str(given[name]) for name in ("href", "src") if given.get(name)]
        if given.get("id"):
            self.anchors.append(str(given["id"]))
        if tag == "table":
            self._table = given.get("id") or ""
            self.tables[self._table] = []
        elif tag == "tr":
            self.tables[self._table].append([])
        elif tag in ("td", "th"):
            self.tables[self._table][-1].append("")
            self._in_cell = True
        elif tag == "sup":
            self._in_cell = False

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell and self._table in self.tables and self.tables[self._table]:
            self.tables[self._table][-1][-1] += data


def read_all(folder: Path) -> Iterator[tuple[Path, Read]]:
    for path in sorted(folder.rglob("*.html")):
        yield path, Read(path.read_text(encoding="utf-8"))


def data_of(refers: str) -> list[list[str]]:
    """The rows of a chart's data, where a link is to them."""
    kind, _, data = refers.partition(";base64,")
    return list(csv.reader(base64.b64decode(data).decode().splitlines())) if kind.startswith("data:text/csv") else []


def plain(text: str) -> float | None:
    """The number that a cell shows, as English pages write it; of a rate, the percentage."""
    digits = re.sub(r"[^\d.\u2212-]", "", text.replace("\u202f", "").replace(",", ""))
    return float(digits.replace("\u2212", "-")) if any(c.isdigit() for c in digits) else None
