"""`pmm report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.cli.common import err, input_errors, language_of, out, publication_of, refuse
from orchestration.inputs.home import Home

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.disclosure.audiences import AudienceName


def run(audience: AudienceName, name: str | None, output: Path | None) -> None:
    """Say where an audience's report is, or write that of a publication that is kept to a folder."""
    home = Home.current()
    publication = publication_of(home, name)
    page = publication.report(audience) / "index.html" if name else home.published_report(audience)
    if output is not None:
        if output.exists() and (not output.is_dir() or any(output.iterdir())):
            refuse(f"{output} is there already; name a folder that is not, or an empty one.")
        _write(publication.file(audience), output, audience)
    elif page.is_file():
        out().print(f"{home.shown(page)}: open it in a browser.", markup=False)
    else:
        refuse("It was published without a report: pmm report --output FOLDER writes one.")


def to_pdf(audience: AudienceName, name: str | None, target: Path, cycle: str | None, language: str) -> None:
    """Write a cycle's report as PDF."""
    from orchestration.report.paper import write_pdf

    publication = publication_of(Home.current(), name)
    if cycle is None:
        refuse("Say which cycle is to be printed: --cycle NAME.")
    found = language_of(language)
    with input_errors(), err().status("Printing"):
        write_pdf(publication.file(audience), target, audience, cycle, found)
    out().print(f"{target}: {target.stat().st_size / 2**20:.1f} MiB.", markup=False)


def _write(source: Path, folder: Path, audience: AudienceName) -> None:
    from orchestration.report.site import write_report

    with err().status("Writing pages"):
        written = write_report(source, folder, audience)
    size = f"{written.n_pages} pages, {written.n_bytes / 2**20:.1f} MiB"
    out().print(f"{folder / 'index.html'}: {size}; open it in a browser.", markup=False)
