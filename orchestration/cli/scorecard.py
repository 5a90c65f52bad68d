"""`pmm scorecard`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import track

from orchestration.cli.common import err, input_errors, language_of, out, publication_of, refuse
from orchestration.inputs.home import Home
from orchestration.inputs.records import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


PEERS = "wco"
"""The audience whose figures a Member sees of others: that of all National Contact Points."""
FEW = 5
"""Up to how many scorecards are named one by one."""


def of_members(
    cycle: str, members: Sequence[str], publication: str | None, output: Path, code: str, *, all_members: bool, with_pdf: bool
) -> None:
    """Write the scorecards of Members from a publication."""
    from orchestration.report.figures import opened
    from orchestration.report.scorecard.card import Card, note_from_warehouse
    from orchestration.report.scorecard.own import members_of, own_of
    from orchestration.report.scorecard.write import write_scorecard

    home, language = Home.current(), language_of(code)
    found = publication_of(home, publication)
    with input_errors():
        internal = found.file("internal")
        with opened(found.file(PEERS)) as source:
            names = [told.name for told in source.cycles()]
            if cycle not in names:
                problem = Problem(home.shown(internal), None, None, f"it has no figures of {cycle}; it has {', '.join(names)}")
                raise InputError("There is no scorecard", [problem])
            shown = source.read(cycle)
        wanted = members_of(internal, cycle) if all_members else [member.upper() for member in members]
        if not wanted:
            refuse("Say which Member: --member XAA, or --all for all of whom a submission counts.")
        held = found.record.held.get(PEERS, {}).get(cycle)
        note = note_from_warehouse(language, None if held is None else held.publication)
        for member in track(wanted, "Writing scorecards", console=err(), transient=True, disable=len(wanted) == 1):
            card = Card(own_of(internal, cycle, member), shown, PEERS, language, note)
            files = write_scorecard(card, output, with_pdf=with_pdf)
            if len(wanted) <= FEW:
                _name(files, with_pdf=with_pdf)
    if len(wanted) > FEW:
        out().print(f"{len(wanted)} scorecards in {output}", markup=False)


def of_file(file: Path, against: Path, cycle: str | None, output: Path, code: str, *, with_pdf: bool) -> None:
    """Write a Member's scorecard from its own workbook, against an audience's file that it has."""
    import duckdb

    from orchestration.report.figures import opened
    from orchestration.report.scorecard.card import Card, note_from_file
    from orchestration.report.scorecard.own import own_of_file
    from orchestration.report.scorecard.write import write_scorecard

    home, language = Home.current(), language_of(code)
    if not against.is_file():
        refuse(f"There is no file {against}; --against names an audience's file, as warehouse/public.duckdb.")
    with input_errors():
        try:
            own = own_of_file(home, file, cycle, against)
            with opened(against) as source:
                cycles = [told.name for told in source.cycles()]
                name = own.cycle if own.cycle in cycles else next(iter(cycles), None)
                shown = None if name is None else source.read(name)
        except duckdb.Error:
            refuse(f"{against} is no audience's file; --against names one, as warehouse/public.duckdb.")
        if shown is None or shown.about["framework"] != own.framework:
            what = f"it has no cycle of framework {own.framework}, which {own.cycle} follows"
            raise InputError("There is nothing to compare with", [Problem(str(against), None, None, what)])
        note = note_from_file(language, file.name)
        _name(write_scorecard(Card(own, shown, _audience(against), language, note), output, with_pdf=with_pdf), with_pdf=with_pdf)


def _audience(file: Path) -> str:
    """Whose file it is, by its name; what words say of it is for the public where that says nothing."""
    return file.stem if file.stem in ("wco", "internal") else "public"


def _name(files: Sequence[Path], *, with_pdf: bool) -> None:
    for file in files:
        out().print(str(file), markup=False)
    if with_pdf and len(files) == 1:
        err().print("No Chromium is installed here, so there is no PDF; a browser prints the page.")
