"""`pmm status`."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from typing import Any

import duckdb
from rich.table import Table

from orchestration.cli.common import NO_CYCLE, err, out, plain
from orchestration.cli.publications import restored_note
from orchestration.inputs.cycles import cycle_names, get_cycle
from orchestration.inputs.home import Home
from orchestration.inputs.records import InputError
from orchestration.intake.folder import entries
from orchestration.publication.holding import sentence
from orchestration.publication.kept import Held, Restored, current
from orchestration.warehouse.fingerprint import fingerprint, has_changes
from orchestration.warehouse.held import connected


def run(*, as_json: bool) -> None:
    """Show every cycle."""
    from orchestration.defs.history import mend_history
    from orchestration.defs.runs import end_dead_runs, instance_of, last_run

    home = Home.current()
    names = cycle_names(home)
    if not names:
        out().print(NO_CYCLE)
        return
    if said := mend_history(home):
        err().print(plain(said))
    instance = instance_of(home)
    end_dead_runs(instance, home)
    now = current(home)
    restored = {} if now is None else now.record.restored
    held = {} if now is None else now.record.held
    rows = []
    for name in names:
        row: dict[str, Any] = {"cycle": name}
        try:
            cycle = get_cycle(home, name)
            row |= {
                "framework": cycle.file.framework,
                "data_origin": cycle.file.data_origin,
                "is_open": cycle.is_open(dt.datetime.now(dt.UTC).date()),
                "closes": cycle.file.closes.isoformat(),
                "n_members": len(cycle.roster),
                "n_files": len(entries(cycle.submissions)),
                "has_changes": has_changes(cycle, fingerprint(cycle)),
            }
        except InputError as error:
            rows.append(row | {"problem": str(error.problems[0])})
            continue
        row |= _published(home, name)
        found = last_run(instance, name)
        row["last_refresh"] = None if found is None else {
            "run": found.run_id,
            "state": found.state,
            "reason": found.reason,
            "ended": None if found.ended is None else found.ended.isoformat(timespec="seconds"),
            "n_passed": found.n_passed,
            "n_warned": len(found.warned),
            "n_failed": len(found.failed),
        }  # fmt: skip
        row["held"] = {audience: asdict(of_cycle[name]) for audience, of_cycle in held.items() if name in of_cycle}
        row["restored"] = asdict(restored[name]) if name in restored else None
        rows.append(row)
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        _show(rows)


def _published(home: Home, cycle: str) -> dict[str, Any]:
    """What the published file says of a cycle."""
    path, nothing = home.published("internal"), {"n_accepted": None, "n_sufficient": None, "published": None, "damage": None}
    if not path.exists():
        return nothing
    try:
        with connected(path, read_only=True) as connection:
            row = connection.execute(
                "select count(*) filter (where is_submitted), count(*) filter (where is_sufficient), count(*) "
                "from completeness.member_completeness where cycle = ?",
                [cycle],
            ).fetchone()
            when = connection.execute("select refreshed_at from reference.publication where cycle = ?", [cycle]).fetchone()
    except (duckdb.Error, OSError) as error:
        return nothing | {"damage": str(error).splitlines()[0]}
    if row is None or row[2] == 0 or when is None:
        return nothing
    return nothing | {"n_accepted": row[0], "n_sufficient": row[1], "published": when[0].isoformat(timespec="seconds")}


def _show(rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("Cycle", "", "Sent", "Sufficient", "Published (UTC)", "Last refresh", "Checks"):
        table.add_column(name, no_wrap=name == "Cycle", overflow="fold", justify="right" if name == "Sufficient" else "left")
    notes = []
    for row in rows:
        cycle = row["cycle"]
        if "problem" in row:
            table.add_row(cycle, "[red]unusable[/red]")
            notes.append(f"{cycle}: {row['problem']}")
            continue
        table.add_row(
            cycle,
            "open" if row["is_open"] else "closed",
            "-" if row["n_accepted"] is None else f"{row['n_accepted']} of {row['n_members']}",
            "-" if row["n_sufficient"] is None else str(row["n_sufficient"]),
            "never" if row["published"] is None else row["published"].replace("T", " ")[:16],
            *_refreshed(row["last_refresh"]),
        )
        if row["damage"]:
            damage = f"{cycle}: what is published can't be read ({row['damage']}); pmm refresh --cycle {cycle} makes it anew"
            notes.append(damage)
        if row["is_open"]:
            notes.append(f"{cycle} is open until {row['closes']}.")
        if row["data_origin"] == "synthetic":
            notes.append(f"{cycle} is synthetic: invented Members, invented figures.")
        if row["restored"]:
            notes.append(restored_note(cycle, Restored(**row["restored"])))
        notes += [sentence(cycle, audience, Held(**one)) for audience, one in row["held"].items()]
        if row["has_changes"]:
            closed = "" if row["is_open"] or row["published"] is None else f" It closed on {row['closes']}, so add --reason WHY."
            notes.append(f"{cycle} has files that are not published yet: pmm refresh --cycle {cycle}{closed}")
        last = row["last_refresh"]
        if last is not None and last["state"] == "failed":
            notes.append(
                f"{cycle}: the last refresh failed at {(last['ended'] or '?').replace('T', ' ')} UTC (run {last['run'][:8]}): "
                f"{last['reason']} What was published before is as it was; mend the reason, then: pmm refresh --cycle {cycle}"
            )
    out().print(table, soft_wrap=False)
    for note in notes:
        out().print(f"  {plain(note)}")


def _refreshed(last: dict[str, Any] | None) -> tuple[str, str]:
    """How the last refresh of a cycle ended, and when where it published nothing; and what its checks said."""
    if last is None:
        return "never", ""
    day = (last["ended"] or "").replace("T", " ")[:16]
    checks = f"{last['n_passed']} met"
    if last["n_warned"]:
        checks += f", [yellow]{last['n_warned']} warn[/yellow]"
    if last["n_failed"]:
        checks += f", [red]{last['n_failed']} fail[/red]"
    return "published" if last["state"] == "published" else f"[red]{last['state']}[/red] {day}", checks
