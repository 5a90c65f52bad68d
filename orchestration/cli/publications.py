"""`pmm publications`, `pmm restore` and `pmm diff`."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from orchestration.cli.common import err, input_errors, out, plain
from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import Home
from orchestration.publication import kept
from orchestration.publication.compare import Change, Difference, compare
from orchestration.warehouse.marts import read_marts
from orchestration.warm.dbt_server import dbt_server
from orchestration.warm.garbage import kept_for_good
from orchestration.warm.workers import warm_up

if TYPE_CHECKING:
    from orchestration.publication.kept import Publication

MOST = 10
"""Changes of a table that are shown; `--json` has all."""


def show() -> None:
    """List the publications that are kept, the latest last."""
    home = Home.current()
    found, now = kept.publications(home), kept.current(home)
    if not found or now is None:
        out().print("Nothing was published yet: pmm refresh --cycle NAME.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("Publication", "MiB", ""):
        table.add_column(name, no_wrap=bool(name), overflow="fold", justify="right" if name == "MiB" else "left")
    for publication in found:
        size = sum(p.stat().st_size for p in publication.folder.rglob("*") if p.is_file())
        state = ["current"] if publication.name == now.name else []
        record = publication.record
        state += [f"{cycle} restored" for cycle in record.restored]
        state += [f"{cycle} held for {audience}" for audience, cycles in record.held.items() for cycle in cycles]
        state += [f"{record.cycle} released for {', '.join(record.released)}"] if record.released else []
        state += ["loss accepted"] if record.is_loss_accepted else []
        state += [plain(record.reason)] if record.reason else []
        table.add_row(publication.name, f"{size / 2**20:.1f}", ", ".join(state))
    out().print(table, soft_wrap=False)
    for cycle, restored in now.record.restored.items():
        out().print(f"  {restored_note(cycle, restored)}", markup=False)
    out().print(
        f"  The last {kept.KEPT} are kept. pmm diff compares two, pmm restore brings a cycle's figures back.", markup=False
    )


def restored_note(cycle: str, restored: kept.Restored) -> str:
    """That older figures of a cycle are live, since when and why."""
    since = restored.since.replace("T", " ")
    why = f": {restored.reason}" if restored.reason else ""
    return f"{cycle} shows the figures of {restored.publication} since {since} UTC{why}. The next refresh of it replaces them."


def restore(name: str, cycle: str, reason: str) -> None:
    """Publish a cycle's figures as an earlier publication had them; those of other cycles stay as they are."""
    home = Home.current()
    with input_errors():
        kept.get_publication(home, name)
        get_cycle(home, cycle)
    with dbt_server(), err().status("Starting") as status:
        warm_up()
        with kept_for_good():
            from orchestration.cli.runner import Runner

            opened = Runner(home)
        with opened as runner:
            found = runner.restore(cycle, name, reason, lambda stage, *_: status.update(stage))
    unmet = [check for check in found["checks"] if not check.is_passed]
    if found["state"] != "published":
        err().print("Nothing was published; the last publication is as it was.", style="bold red")
        for line in [*(f"{check.name}: {check.description}" for check in unmet if check.is_error), *found["errors"]]:
            err().print(f"  - {line}", markup=False)
        raise typer.Exit(1)
    out().print(f"{cycle} is as in {name} again; published as {found['publication']}.", markup=False)
    for check in unmet:
        out().print(f"  {check.name}: {check.description}", markup=False)
    out().print(f"  The next refresh of {cycle} replaces it.", markup=False)


def diff(before: str | None, after: str | None, audience: str, *, as_json: bool) -> None:
    """Show what changed between two publications; by default between the last two."""
    home = Home.current()
    found = kept.publications(home)
    if before is None and len(found) < 2:
        err().print("There are no two publications to compare yet.")
        raise typer.Exit(2)
    with input_errors():
        now = kept.get_publication(home, after) if after else kept.current(home) or found[-1]
        then = kept.get_publication(home, before) if before else None
    earlier = [publication for publication in found if publication.name < now.name]
    if before is None and not earlier:
        err().print(f"Nothing was published before {now.name}; say which to compare with.", markup=False)
        raise typer.Exit(2)
    then = then or earlier[-1]
    difference = compare(then.file(audience), now.file(audience), read_marts())
    if as_json:
        document = {"before": then.name, "after": now.name, "audience": audience, **asdict(difference)}
        print(json.dumps(document, indent=1, default=str))
    else:
        _show(then, now, difference)


def audit(name: str | None) -> None:
    """Audit a publication that is kept, and print what was tried; exit code 1 where something is not proved safe."""
    home = Home.current()
    with input_errors():
        now = kept.get_publication(home, name) if name else kept.current(home)
    if now is None:
        err().print("Nothing was published yet: pmm refresh --cycle NAME.")
        raise typer.Exit(2)
    with err().status("Auditing"):
        # scipy takes a while to import, and no other command needs it
        from orchestration.publication import make
        from orchestration.publication.audit.certificate import FILE, read_certificate

        leaks = make.audit(now, read_marts())
        certificate = read_certificate(now) or {"audiences": {}}
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("Audience", "Secrets", "Intruders x secrets", "Worlds", "Not safe"):
        table.add_column(column, justify="left" if column == "Audience" else "right")
    for audience, found in certificate["audiences"].items():
        parts = [found[kind] for kind in ("values", "answers") if kind in found]
        numbers = (sum(part[key] for part in parts) for key in ("secrets", "pairs_tried", "worlds_that_agree"))
        table.add_row(audience, *(f"{number:,}" for number in numbers), f"{len(leaks[audience]):,}")
    out().print(f"{now.name}", style="bold", markup=False)
    out().print(table)
    for audience, found_leaks in leaks.items():
        for leak in found_leaks[:MOST]:
            out().print(f"  - {audience}: {plain(str(leak))}", markup=False)
        if len(found_leaks) > MOST:
            out().print(f"    and {len(found_leaks) - MOST:,} more; the certificate has all", markup=False)
    out().print(f"  The certificate: {home.shown(now.folder / FILE)}", markup=False)
    if any(leaks.values()):
        raise typer.Exit(1)
    out().print("  Nothing that an audience may not see follows from what its files show.", markup=False)


def _show(then: Publication, now: Publication, difference: Difference) -> None:
    out().print(f"{then.name} -> {now.name}", style="bold", markup=False)
    if not difference.changes and not difference.causes:
        out().print("  No figure changed.")
        return
    for cause in difference.causes:
        if cause.what == "submission":
            what = f"{cause.member or 'a file'} sent {cause.file}: {cause.before or 'new'} -> {cause.after or 'gone'}"
        else:
            what = f"{cause.what} changed" if cause.before and cause.after else f"{cause.what} is new"
        out().print(f"  {cause.cycle}: {what}", markup=False)
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
        out().print(table, soft_wrap=False)


def _cell(value: Any) -> str:
    return "-" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
