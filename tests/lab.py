"""What tests share: homes of their own, small cycles with given answers, and the dbt build without Dagster around it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb

from orchestration.inputs.cycles import Cycle, get_cycle
from orchestration.inputs.home import CODE, DBT_PROJECT, Home
from orchestration.intake.forms import export, json_form, workbook
from orchestration.intake.forms.draft import Draft
from orchestration.intake.received import raw_tables, read_cycle
from orchestration.sample.files import write_roster
from orchestration.warehouse.dbt import DBT, dbt_target
from orchestration.warehouse.fingerprint import identity
from orchestration.warehouse.framework_tables import framework_tables
from orchestration.warehouse.raw_writer import mark_refreshing, open_build, replace_cycle

CYCLE_TOML = """
framework = "{framework}"
reporting_year = {year}
opens = 2023-11-20
closes = 2024-06-30
data_origin = "synthetic"

[sufficiency]
minimum_completeness_rate = {rate}
minimum_instruments_answered = 0

[completeness]
minimum_submission_rate = 0.5
minimum_sufficient_members = 1
minimum_kpi_response_rate = 0.25
minimum_instrument_response_rate = 0.5
maximum_set_aside_rate = 0.05
"""
SENT = dt.datetime(2024, 3, 1, 10)


def new_home(path: Path) -> Home:
    path.mkdir(parents=True)
    for name in ("frameworks", "reference", "samples"):
        shutil.copytree(CODE / "raw" / name, path / "raw" / name)
    for folder in (CODE / "tests" / "data" / "frameworks").iterdir():
        shutil.copytree(folder, path / "raw" / "frameworks" / folder.name)
    shutil.copy(CODE / "dagster.yaml", path)
    (path / "raw" / "cycles").mkdir()
    return Home(path)


def new_cycle(
    home: Home,
    name: str,
    members: dict[str, dict[str, str]],
    framework: str = "pmm-v1",
    rate: float = 0.0,
    year: int = 2022,
) -> Cycle:
    """A cycle with these Members and their groups, and no submission yet."""
    folder = home.cycles / name
    (folder / "submissions").mkdir(parents=True)
    (folder / "cycle.toml").write_text(CYCLE_TOML.format(framework=framework, rate=rate, year=year))
    cycle = get_cycle(home, name)
    rows = [(member, f"Member {member}", groups) for member, groups in members.items()]
    write_roster(folder / "roster.csv", list(cycle.framework.groupings), rows)
    return cycle


def send(cycle: Cycle, drafts: list[Draft], form: str, name: str = "") -> None:
    """Put drafts among a cycle's submissions, in one form."""
    for draft in drafts:
        path = cycle.submissions / f"{name}{draft.member}_{draft.revision}"
        if form == "xlsx":
            workbook.write(path.with_suffix(".xlsx"), cycle, draft)
        elif form == "json":
            json_form.write(path.with_suffix(".json"), cycle, draft)
    if form in ("csv", "parquet"):
        export.write(cycle.submissions, name, form, cycle.framework, drafts)


def answer(**figures: Any) -> dict[str, Any]:
    return {"status": "reported", **figures}


def load(home: Home, *cycles: str) -> None:
    """Load cycles into the build file, as the raw assets do; dbt then rebuilds and tests all of them."""
    for name in cycles:
        cycle = get_cycle(home, name)
        with open_build(home.build_file) as connection:
            intake = read_cycle(cycle)
            replace_cycle(connection, name, framework_tables(cycle) | raw_tables(intake))
            mark_refreshing(
                connection,
                name,
                dt.datetime.now(dt.UTC).replace(tzinfo=None),
                identity(cycle, {f.file: f.sha256 for f in intake.files}),
            )
    with open_build(home.build_file) as connection:
        connection.execute("update raw.loads set is_refreshing = list_contains(?, cycle)", [list(cycles)])


def dbt(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt on a home's build file; artifacts go to the home, so that tests do not meet."""
    target = dbt_target(home)
    environment = {
        **os.environ,
        "PMM_BUILD_FILE": str(home.build_file),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
    }
    folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    done = subprocess.run(
        [str(DBT), "--quiet", *arguments, *folders], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def rows(file: Path, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query, list(parameters)).fetchall()


def marts(file: Path, cycle: str | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """Every mart's rows, sorted; of one cycle, or of all. When they were made (reference.publication) is left out."""
    with duckdb.connect(str(file), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name not in ('raw', 'main') "
            "and table_name != 'publication' order by 1"
        ).fetchall()
        where = "" if cycle is None else f"where cycle = '{cycle}'"
        return {name: connection.execute(f"select * from {name} {where} order by all").fetchall() for (name,) in names}
