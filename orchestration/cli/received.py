"""`pmm received`."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer
from rich.table import Table

from orchestration.cli.common import err, input_errors, out, plain
from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import Home
from orchestration.warehouse.archive import archive_of, history


def run(cycle: str, name: str | None, *, as_json: bool) -> None:
    """Show what was received for a cycle, or of one file."""
    home = Home.current()
    with input_errors():
        found = get_cycle(home, cycle)
    seen = [one for one in history(found) if name is None or one.file == name]
    if as_json:
        print(json.dumps([asdict(one) for one in seen], indent=1))
        return
    if not seen:
        err().print(plain(f"Nothing was seen of {name or 'any file'} in a refresh of {cycle} yet."))
        raise typer.Exit(1)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("Seen (UTC)", "", "File", "Bytes", "Kept as"):
        table.add_column(column, overflow="fold", justify="right" if column == "Bytes" else "left")
    for one in seen:
        table.add_row(one.at.replace("T", " "), one.event, plain(one.file), f"{one.n_bytes:,}", one.sha256[:16] or "not kept")
    out().print(table, soft_wrap=False)
    out().print(plain(f"  The bytes are in {home.shown(archive_of(found))}/, a file by its whole hash."))
