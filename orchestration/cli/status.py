"""`pmm status`."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import duckdb
from rich.table import Table

from orchestration.cli.common import out
from orchestration.cycles import cycle_names, get_cycle, submission_files
from orchestration.home import Home
from orchestration.records import InputError
from orchestration.warehouse.inputs import fingerprint, loaded_fingerprint


def run(*, as_json: bool) -> None:
    """Show every cycle."""
    from orchestration.dagster_runs import instance_of, last_run

    home = Home.current()
    names = cycle_names(home)
    if not names:
        out.print("There is no cycle yet: pmm sample makes sample cycles, pmm new-cycle a real one.")
        return
    instance = instance_of(home)
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
                "n_files": len(submission_files(cycle.submissions)),
                "has_changes": fingerprint(cycle) != loaded_fingerprint(cycle),
            }
        except InputError as error:
            rows.append(row | {"problem": str(error.problems[0])})
            continue
        row |= _published(home, name)
        found = last_run(instance, name)
        row["last_refresh"] = None if found is None else {
            "state": found.state,
            "ended": None if found.ended is None else found.ended.isoformat(timespec="seconds"),
            "n_passed": found.n_passed,
            "n_warned": len(found.warned),
            "n_failed": len(found.failed),
        }  # fmt: skip
        rows.append(row)
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        _show(rows)


def _published(home: Home, cycle: str) -> dict[str, Any]:
    """What the published file says of a cycle."""
    path = home.published("internal")
    if not path.exists():
        return {"n_accepted": None, "n_sufficient": None}
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(
            "select count(*) filter (where is_submitted), count(*) filter (where is_sufficient), count(*) "
            "from completeness.member_completeness where cycle = ?",
            [cycle],
        ).fetchone()
    if row is None or row[2] == 0:
        return {"n_accepted": None, "n_sufficient": None}
    return {"n_accepted": row[0], "n_sufficient": row[1]}


def _show(rows: list[dict[str, Any]]) -> None:
    table = Table(
        "Cycle",
        "",
        "Roster",
        "Files",
        "Sent",
        "Sufficient",
        "Last refresh (UTC)",
        "Checks",
        box=None,
        header_style="bold",
    )
    notes = []
    for row in rows:
        if "problem" in row:
            table.add_row(row["cycle"], "[red]unusable[/red]")
            notes.append(f"{row['cycle']}: {row['problem']}")
            continue
        last = row["last_refresh"]
        shown = "never" if last is None else f"{last['state']} {(last['ended'] or '').replace('T', ' ')}"
        checks = "" if last is None else f"{last['n_passed']} passed, {last['n_warned']} warned"
        if last is not None and last["n_failed"]:
            checks += f", [red]{last['n_failed']} failed[/red]"
        state = f"open to {row['closes']}" if row["is_open"] else "closed"
        if row["data_origin"] == "synthetic":
            state += ", synthetic"
        table.add_row(
            row["cycle"],
            state,
            str(row["n_members"]),
            str(row["n_files"]),
            "-" if row["n_accepted"] is None else str(row["n_accepted"]),
            "-" if row["n_sufficient"] is None else str(row["n_sufficient"]),
            shown,
            checks,
        )
        if row["has_changes"]:
            notes.append(f"{row['cycle']}: files have changed since they were loaded; pmm refresh --cycle {row['cycle']}")
    out.print(table)
    for note in notes:
        out.print(f"  {note}", markup=False)
