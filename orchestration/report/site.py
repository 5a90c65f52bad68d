"""All pages of an audience's report, from its file; a page whose figures did not change is the same file as before."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.inputs.home import CODE
from orchestration.report.figures import opened
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
from orchestration.report.render import FOLDER, audience_note, rendered, templates
from orchestration.report.view import View
from orchestration.warehouse.code_version import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orchestration.disclosure.audiences import AudienceName
    from orchestration.report.figures import Told
    from orchestration.report.page import Page

NOTES = "pages.json"
"""Beside the pages: a `Note` a cycle."""


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


@dataclass
class Note:
    """What the pages of a cycle were made from, so that the next report need not make them again.

    Attributes:
        digest: of all that the file has of the cycle.
        pages: by path, of what each page was made from.
        files: by path, the size of each file and when it was written, ns: whoever changes it changes these.
    """

    digest: str
    pages: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[int, int]] = field(default_factory=dict)

    def has(self, folder: Path, path: str) -> bool:
        """Whether a folder has a file as it was written."""
        found = _state(f"{folder}/{path}")
        return found is not None and found == tuple(self.files.get(path, ()))


def write_reports(asked: Sequence[tuple[Path, Path, AudienceName, Path | None]]) -> list[Written]:
    """Write the reports of several audiences, each as `write_report` is asked."""
    return [write_report(*one) for one in asked]


def write_report(file: Path, folder: Path, audience: AudienceName, last: Path | None = None) -> Written:
    """Write an audience's report.

    Args:
        file: the audience's file.
        folder: of the report; it must not be there yet.
        audience: whose report it is.
        last: the folder of the report before it; None for the first.
    """
    before, notes, n_new = _read_notes(last), {}, 0
    shutil.copytree(FOLDER / "static", folder / "static")
    with opened(file) as source:
        cycles = source.cycles()
        for told in cycles:
            earlier = sorted((one.year, one.name) for one in cycles if one.year < told.year)
            note = Note(hashlib.sha256(repr((_version(), audience, told.digest, earlier)).encode()).hexdigest())
            known = before.get(told.name, Note(""))
            if last is not None and known.digest == note.digest and all(known.has(last, path) for path in known.files):
                notes[told.name] = known
                for parent in {path.rpartition("/")[0] for path in known.files}:
                    (folder / parent).mkdir(parents=True, exist_ok=True)
                for path in known.files:
                    _take(f"{last}/{path}", f"{folder}/{path}")
                continue
            notes[told.name] = note
            cycle = source.read(told.name)
            for language in languages():
                n_new += _write_cycle(View(audience, cycle, language), folder, note, known, last)
    _write_index(folder, cycles, audience)
    (folder / NOTES).write_text(json.dumps({name: vars(note) for name, note in notes.items()}), encoding="utf-8")
    n_bytes = sum(size for note in notes.values() for size, _ in note.files.values())
    n_bytes += sum(path.stat().st_size for path in (*folder.iterdir(), *(folder / "static").iterdir()) if path.is_file())
    return Written(sum(len(note.pages) for note in notes.values()), n_new, n_bytes)


def _write_cycle(view: View, folder: Path, note: Note, known: Note, last: Path | None) -> int:
    """Write the pages of a cycle in a language, or take those that are as they were; returns how many were written."""
    code, n_new, found = view.language.code, 0, []
    for page in pages_of(view):
        path = f"{code}/{page.path}"
        note.pages[path] = page.digest(_version(), view.audience, code)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if last is not None and known.pages.get(path) == note.pages[path] and known.has(last, path):
            _take(f"{last}/{path}", f"{folder}/{path}")
        else:
            n_new += 1
            (folder / path).write_text(rendered(page, view), encoding="utf-8")
        note.files[path] = _state(folder / path) or (0, 0)
        if page.search:
            found.append([page.search, page.path.partition("/")[2]])
    path = f"{code}/{view.cycle.name}/search.js"
    script = f"window.pages = {json.dumps(found, ensure_ascii=False)};\n"
    (folder / path).write_text(script.replace("<", "\\u003c"), encoding="utf-8")
    note.files[path] = _state(folder / path) or (0, 0)
    return n_new


def _state(path: str | Path) -> tuple[int, int] | None:
    """A file's size and when it was written, ns; None where there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _take(source: str, target: str) -> None:
    """Give a file a second name, in a folder that is there."""
    try:
        os.link(source, target)
    except OSError:  # not every file system knows second names
        shutil.copy2(source, target)


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


def _write_index(folder: Path, cycles: list[Told], audience: AudienceName) -> None:
    english = languages()[0]
    text = (
        templates()
        .get_template("index.html")
        .render(
            _=english,
            language=english,
            languages=languages(),
            cycles=cycles,
            audience_note=audience_note(english, audience),
        )
    )
    (folder / "index.html").write_text(text, encoding="utf-8")


def _read_notes(last: Path | None) -> dict[str, Note]:
    if last is None:
        return {}
    try:
        content = json.loads((last / NOTES).read_text(encoding="utf-8"))
        return {name: Note(**note) for name, note in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # it was made by other code, or is damaged: all pages are made again


@cache
def _version() -> str:
    return version_of(CODE / "orchestration" / "report")
