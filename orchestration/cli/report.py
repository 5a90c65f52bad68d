"""`pmm report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from orchestration.cli.common import err, out
from orchestration.inputs.home import Home

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.disclosure.audiences import AudienceName


def run(audience: AudienceName, file: Path | None, output: Path | None) -> None:
    """Say where an audience's report is, or write it from its published file or another of the kind."""
    home = Home.current()
    if file is None and output is None:
        page = home.published_report(audience)
        if not page.is_file():
            _refuse("No report was published yet: pmm refresh --cycle NAME.")
        out().print(f"{home.shown(page)}: open it in a browser.", markup=False)
        return
    source = home.published(audience) if file is None else file
    if not source.is_file():
        _refuse("Nothing was published yet: pmm refresh --cycle NAME." if file is None else f"There is no file {source}.")
    if output is None:
        _refuse(f"Say where the report of {source} is to be written: --output FOLDER.")
    elif output.exists() and (not output.is_dir() or any(output.iterdir())):
        _refuse(f"{output} is there already; name a folder that is not, or an empty one.")
    else:
        _write(source, output, audience)


def _refuse(why: str) -> None:
    err().print(why, style="bold red", markup=False)
    raise typer.Exit(2)


def _write(source: Path, folder: Path, audience: AudienceName) -> None:
    from orchestration.report.site import write_report

    with err().status("Writing pages"):
        written = write_report(source, folder, audience)
    size = f"{written.n_pages} pages, {written.n_bytes / 2**20:.1f} MiB"
    out().print(f"{folder / 'index.html'}: {size}; open it in a browser.", markup=False)
