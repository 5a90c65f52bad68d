"""`pmm template`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from orchestration.cli.common import err, input_errors, out
from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import Home
from orchestration.intake.forms import workbook
from orchestration.intake.forms.draft import Draft

if TYPE_CHECKING:
    from pathlib import Path


def run(cycle: str, members: list[str], output: Path, *, all_members: bool) -> None:
    """Write the templates of the given Members."""
    with input_errors():
        found = get_cycle(Home.current(), cycle)
        roster = found.roster
        wanted = list(roster) if all_members else [m.upper() for m in members]
        if not wanted:
            err().print("Say which Member: --member XAA, or --all for everyone on the roster.")
            raise typer.Exit(2)
        for member in wanted:
            if member not in roster:
                some = ", ".join(list(roster)[:5])
                err().print(f"{member} is not on the roster of {cycle} ({len(roster)} Members: {some}, ...).")
                raise typer.Exit(2)
        output.mkdir(parents=True, exist_ok=True)
        for member in wanted:
            path = output / f"{cycle}_{member}.xlsx"
            workbook.write(path, found, Draft(member, roster[member].name, 1, None))
            if len(wanted) <= 5:
                out().print(str(path), markup=False)
    if len(wanted) > 5:
        out().print(f"{len(wanted)} workbooks in {output}")
