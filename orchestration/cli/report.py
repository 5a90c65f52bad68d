"""`pmm report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from orchestration.cli.common import err, out
from orchestration.inputs.home import Home
from orchestration.report.site import write_report

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.disclosure.audiences import AudienceName


def run(folder: Path, audience: AudienceName, file: Path | None) -> None:
    """Write an audience's report from its published file, or from a file of the kind."""
    home = Home.current()
    source = home.published(audience) if file is None else file
    if not source.is_file():
        what = "Nothing was published yet: pmm refresh --cycle NAME." if file is None else f"There is no file {source}."
        err().print(what, style="bold red", markup=False)
        raise typer.Exit(2)
    if folder.exists() and any(folder.iterdir()):
        err().print(f"{folder} is not empty; name a folder that is not there yet.", style="bold red", markup=False)
        raise typer.Exit(2)
    with err().status("Writing pages"):
        written = write_report(source, folder, audience)
    out().print(
        f"{folder / 'index.html'}: {written.n_pages} pages, {written.n_bytes / 2**20:.1f} MiB; open it in a browser.", markup=False
    )
