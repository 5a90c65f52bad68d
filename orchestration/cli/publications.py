"""`pmm publications`, `pmm restore` and `pmm diff`."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from orchestration.cli.common import err, out
from orchestration.cycles import cycle_names
from orchestration.home import Home
from orchestration.publication import publications as kept
from orchestration.publication.diff import Change, Difference, compare
from orchestration.warehouse.lock import writing

if TYPE_CHECKING:
    from orchestration.publication.publications import Publication

MOST = 10
"""Changes of a table that are shown; `--json` has all."""


def show() -> None:
    """List the publications that are kept, the latest last."""
    home = Home.current()
    found, now = kept.publications(home), kept.current(home)
    if not found:
        out.print("Nothing was published yet: pmm refresh --cycle NAME.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("Publication", "MiB", ""):
        table.add_column(name, no_wrap=True, justify="right" if name == "MiB" else "left")
    for one in found:
        size = sum(p.stat().st_size for p in one.folder.rglob("*") if p.is_file())
        table.add_row(one.name, f"{size / 2**20:.1f}", "current" if now is not None and one.name == now.name else "")
    out.print(table, soft_wrap=False)
    out.print(f"  The last {kept.KEPT} are kept. pmm diff compares two, pmm restore brings a cycle's figures back.", markup=False)


def restore(name: str, cycle: str) -> None:
    """Publish a cycle's figures as an earlier publication had them; those of other cycles stay as they are."""
    home = Home.current()
    source = _find(home, name)
    if cycle not in cycle_names(home):
        err.print(f"There is no cycle {cycle!r}; there are {', '.join(cycle_names(home))}.", markup=False)
        raise typer.Exit(2)
    with writing(home, lambda text: err.print(text, markup=False)):
        counts = kept.prepare(home, cycle, cycle_names(home), source.file("internal"))
        leaks = [f"{audience}: {leak}" for audience, found in kept.audit(kept.candidate(home)).items() for leak in found]
        if not counts.get("reference.cycles"):
            leaks.append(f"{name} has no figures of {cycle}")
        if leaks:
            err.print("Nothing was published; the last publication is as it was.", style="bold red")
            for leak in leaks[:MOST]:
                err.print(f"  - {leak}", markup=False)
            raise typer.Exit(1)
        new = kept.publish(home, cycle)
    out.print(f"{cycle} is as in {name} again; published as {new.name}.", markup=False)
    out.print(f"  The next refresh of {cycle} replaces it.", markup=False)


def diff(before: str | None, after: str | None, audience: str, *, as_json: bool) -> None:
    """Show what changed between two publications; by default between the last two."""
    home = Home.current()
    found = kept.publications(home)
    if before is None and len(found) < 2:
        err.print("There are no two publications to compare yet.")
        raise typer.Exit(2)
    now = _find(home, after) if after else kept.current(home) or found[-1]
    earlier = [one for one in found if one.name < now.name]
    if before is None and not earlier:
        err.print(f"Nothing was published before {now.name}; say which to compare with.", markup=False)
        raise typer.Exit(2)
    then = _find(home, before) if before else earlier[-1]
    difference = compare(then.file(audience), now.file(audience))
    if as_json:
        document = {"before": then.name, "after": now.name, "audience": audience, **asdict(difference)}
        print(json.dumps(document, indent=1, default=str))
    else:
        _show(then, now, difference)


def _find(home: Home, name: str) -> Publication:
    for one in kept.publications(home):
        if one.name == name:
            return one
    err.print(f"There is no publication {name!r}; pmm publications lists those that are kept.", markup=False)
    raise typer.Exit(2)


def _show(then: Publication, now: Publication, difference: Difference) -> None:
    out.print(f"{then.name} -> {now.name}", style="bold", markup=False)
    if not difference.changes and not difference.causes:
        out.print("  No figure changed.")
        return
    for cause in difference.causes:
        if cause.what == "submission":
            what = f"{cause.member or 'a file'} sent {cause.file}: {cause.before or 'new'} -> {cause.after or 'gone'}"
        else:
            what = f"{cause.what} changed" if cause.before and cause.after else f"{cause.what} is new"
        out.print(f"  {cause.cycle}: {what}", markup=False)
    by_table: dict[str, list[Change]] = defaultdict(list)
    for change in difference.changes:
        by_table[change.table].append(change)
    # single Members' values first: the others follow from them
    for name, changes in sorted(by_table.items(), key=lambda item: (item[0] != "kpi.member_kpi_values", item[0])):
        table = Table(box=None, header_style="bold", pad_edge=False, title_justify="left", title_style="bold")
        table.title = f"{name}: {len(changes):,} changed"
        for column in ("", "figure", "before", "after"):
            table.add_column(column, justify="right" if column in ("before", "after") else "left", overflow="fold")
        for change in changes[:MOST]:
            row = " ".join(str(value) for value in change.key.values() if value is not None)
            table.add_row(row, change.column or "the row", _cell(change.before), _cell(change.after))
        if len(changes) > MOST:
            table.add_row(f"... and {len(changes) - MOST:,} more; --json has all")
        out.print(table, soft_wrap=False)


def _cell(value: Any) -> str:
    return "-" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
