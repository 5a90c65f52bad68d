"""`pmm new-cycle`."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import typer

from orchestration.cli.common import err, input_errors, out
from orchestration.inputs.framework import read_framework
from orchestration.inputs.home import Home
from orchestration.inputs.members import MemberRow
from orchestration.inputs.records import InputError, Problem, read_csv
from orchestration.sample.files import write_roster

if TYPE_CHECKING:
    from orchestration.inputs.framework import Framework

CYCLE_TOML = """\
# {name}: {framework_name}
framework = "{framework}"
reporting_year = {year}     # T; T-1 is the year before it
opens = {opens}        # first day on which Members may send
closes = {closes}       # last day
data_origin = "reported"  # reported, or synthetic for invented figures

# A Member's submission enters results from these thresholds on.
[sufficiency]
minimum_completeness_rate = 0.5     # reported KPIs / applicable KPIs
minimum_instruments_answered = {half}

# What the checks expect of the cycle; rates are fractions. All but the last are warnings.
[completeness]
minimum_submission_rate = 0.5       # accepted submissions / roster
minimum_sufficient_members = {least}      # with fewer, not even the quartiles of all Members are shown
minimum_kpi_response_rate = 0.25
minimum_instrument_response_rate = 0.9
maximum_set_aside_rate = 0.05       # cells set aside / cells received
maximum_loss_rate = 0.1             # of what the last publication shows; a refresh that loses more is stopped
"""


def run(cycle: str, year: int, opens: str, closes: str, framework: str, members: list[str]) -> None:
    """Write the folder of a new cycle; an existing one is never touched."""
    home = Home.current()
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", cycle):
        _refuse(f"{cycle!r} can't be a cycle's name; use small letters, digits and hyphens, as pmm-2026.")
    folder = home.cycles / cycle
    if folder.exists():
        _refuse(f"{home.shown(folder)} is there already, and is left as it is.")
    dates = [_day(opens, "--opens"), _day(closes, "--closes")]
    if dates[1] < dates[0]:
        _refuse(f"--closes {closes} is before --opens {opens}.")
    with input_errors():
        chosen = read_framework(home.frameworks / framework)
        rows = _roster(home, chosen, [m.upper() for m in members])
    # whoever brings files is of the owner's group; nobody else has anything to see there
    (folder / "submissions").mkdir(mode=0o770, parents=True)
    text = CYCLE_TOML.format(
        name=cycle,
        framework=framework,
        framework_name=chosen.name,
        year=year,
        opens=dates[0],
        closes=dates[1],
        least=int(chosen.policy["minimum_group_size_quartiles"].value),
        half=len(chosen.instruments) // 2,
    )
    (folder / "cycle.toml").write_text(text, encoding="utf-8")
    (folder / "submissions" / ".gitkeep").touch()
    write_roster(folder / "roster.csv", list(chosen.groupings), rows)
    where = home.shown(folder)
    out().print(f"{where}/cycle.toml     thresholds and dates: review them", markup=False)
    out().print(f"{where}/roster.csv     {len(rows)} Members: keep the nominated, fill in blank groups", markup=False)
    out().print(f"{where}/submissions/   put what Members send here, as received", markup=False)
    out().print(f"Then: pmm template --cycle {cycle} --all --output forms/", markup=False)


def _roster(home: Home, framework: Framework, members: list[str]) -> list[tuple[str, str, dict[str, str]]]:
    problems: list[Problem] = []
    known = {row.member: row for row in read_csv(home.members, MemberRow, problems, extra="groups").values()}
    unknown = [m for m in members if m not in known]
    problems += [Problem("members.csv", None, "member", f"{m} is not in the list of Members") for m in unknown]
    if problems:
        raise InputError("The roster can't be made", problems)
    rows = []
    for code in members or known:
        row = known[code]
        allowed = {name: grouping.groups for name, grouping in framework.groupings.items()}
        groups = {n: g if (g := row.groups.get(n, "")) in (allowed[n] or (g,)) else "" for n in allowed}
        rows.append((row.member, row.name, groups))
    return rows


def _day(text: str, option: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        _refuse(f"{option} {text} is not a day; write it as 2027-11-15.")
        raise


def _refuse(message: str) -> None:
    err().print(message, markup=False)
    raise typer.Exit(2)
