"""`pmm check`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from orchestration.cli.common import input_errors, out, plain
from orchestration.inputs.home import Home
from orchestration.intake.check import Checked, Sufficiency, check_file

if TYPE_CHECKING:
    from pathlib import Path


def run(files: list[Path], cycle: str | None, *, as_json: bool) -> None:
    """Check files and print what was found."""
    home = Home.current()
    with input_errors():
        checked = [check_file(home, path, cycle) for path in files]
    if as_json:
        print(json.dumps([_document(one) for one in checked], indent=2))
    else:
        for one in checked:
            _show(one)
    if any(one.rejections for one in checked):
        raise typer.Exit(1)


def _show(one: Checked) -> None:
    members = ", ".join(one.members) if len(one.members) <= 3 else f"{len(one.members)} Members"
    out().print(
        f"[bold]{plain(one.read.file)}[/bold]: {one.read.form or 'no form of submission'}, cycle {one.cycle}"
        + (f", {plain(members)}" if members else "")
    )
    out().print(
        f"  {one.n_loaded} cells would load ({one.n_kpis_reported} KPIs reported, {one.n_instruments} instruments answered), "
        f"{one.n_set_aside} would be set aside"
    )
    if one.sufficiency is not None:
        _show_sufficiency(one.sufficiency)
    if not one.rejections:
        if one.sufficiency is None or one.sufficiency.is_sufficient:
            out().print("  [green]Nothing to mend.[/green]")
        return
    table = Table("Where", "Read", "What to do", box=None, pad_edge=True, header_style="bold")
    for rejection in one.rejections:
        place = rejection.place
        parts = [place.sheet or "", f"row {place.row}" if place.row else "", place.column or ""]
        shown = "blank" if rejection.value is None else rejection.value[:30]
        more = f" ({rejection.n_cells} cells)" if rejection.n_cells > 1 else ""
        where = " ".join(p for p in parts if p) or "file"
        table.add_row(plain(where), plain(shown), plain(rejection.message + more))
    out().print(table, soft_wrap=False)


def _show_sufficiency(found: Sufficiency) -> None:
    verdict = "[green]Sufficient[/green]" if found.is_sufficient else "[yellow]Not sufficient: it would enter no result[/yellow]"
    out().print(
        f"  {verdict}: {found.n_reported} of the {found.n_applicable} KPIs that apply are reported "
        f"({100 * found.rate:.0f} %, {100 * found.least_rate:.0f} % are needed), "
        f"{found.n_instruments} instruments are answered about ({found.least_instruments} are needed)"
    )
    if found.missing:
        out().print(f"  Not reported: {', '.join(found.missing)}")


def _document(one: Checked) -> dict[str, Any]:
    return {
        "file": one.read.file,
        "sha256": one.read.sha256,
        "form": one.read.form,
        "cycle": one.cycle,
        "members": one.members,
        "n_loaded": one.n_loaded,
        "n_set_aside": one.n_set_aside,
        "n_kpis_reported": one.n_kpis_reported,
        "n_instruments_answered": one.n_instruments,
        "sufficiency": None
        if one.sufficiency is None
        else {"is_sufficient": one.sufficiency.is_sufficient, **asdict(one.sufficiency)},
        "rejections": [
            {
                "sheet": r.place.sheet,
                "row": r.place.row,
                "column": r.place.column,
                "value": r.value,
                "rule": r.rule,
                "message": r.message,
                "n_cells": r.n_cells,
            }
            for r in one.rejections
        ],
    }
