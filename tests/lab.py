"""What tests share: homes of their own, small cycles with given answers, and the dbt build without Dagster around it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from filelock import FileLock

from orchestration.disclosure.audiences import AUDIENCES, AudienceName
from orchestration.inputs.cycles import Cycle, cycle_names, get_cycle
from orchestration.inputs.framework import Framework, Kpi, read_framework
from orchestration.inputs.home import CODE, Home
from orchestration.intake.forms import export, json_form, workbook
from orchestration.intake.forms.draft import Draft
from orchestration.publication import kept, make
from orchestration.publication.audience_file import write_audience_file
from orchestration.publication.join import PAIRS, write_pairs
from orchestration.publication.kept import Publication, Restored
from orchestration.publication.protection.proof import write_proof
from orchestration.publication.protection.protect import protect
from orchestration.publication.protection.tables import Protection
from orchestration.publication.reasons import Reason
from orchestration.sample.files import write_roster
from orchestration.warehouse.build import NAME, build_of
from orchestration.warehouse.dbt import FOLDERS, WARM_DBT, environment
from orchestration.warehouse.held import attached
from orchestration.warehouse.load import load
from orchestration.warehouse.marts import ACROSS_CYCLES, Marts, read_marts

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


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Home], None]) -> Home:
    """A home that the first worker to need it makes for all; to be copied by who changes it."""
    base = factory.getbasetemp()
    path = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    # it is made where it stays, since Dagster's history has paths in it; a file beside it says that it is whole
    whole = path.with_suffix(".whole")
    with FileLock(path.with_suffix(".lock")):
        if not whole.exists():
            shutil.rmtree(path, ignore_errors=True)
            make(new_home(path))
            whole.touch()
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


def made_drafts(
    framework: Framework,
    members: Iterable[str],
    kpi_answer: Callable[[Kpi], dict[str, Any] | None],
    instrument_answer: Callable[[str], dict[str, str] | None],
) -> list[Draft]:
    """A draft of each Member, with what the functions answer on each KPI and instrument; None where nothing is said."""
    drafts = []
    for member in members:
        kpis = {code: said for code, kpi in framework.kpis.items() if (said := kpi_answer(kpi)) is not None}
        instruments = {code: said for code in framework.instruments if (said := instrument_answer(code)) is not None}
        drafts.append(Draft(member, member, 1, SENT, kpis, instruments))
    return drafts


def two_cycles_of_three(home: Home) -> None:
    """Two cycles, `one` and `two`, to which three Members have sent the same values on few KPIs."""
    framework, members = read_framework(home.frameworks / "harbour-v1"), ("XAA", "XAB", "XAC")
    for number, name in enumerate(("one", "two"), start=1):
        cycle = new_cycle(home, name, {member: {} for member in members}, "harbour-v1", year=2020 + number)
        send(cycle, made_drafts(framework, members, each_value(50.0 + number), lambda _: None), "json")


def figures(kpi: Kpi, value: float, whole: float = 100.0) -> dict[str, Any]:
    """An answer with the figures that the KPI's formula asks for: a value, or a part or a current figure beside a whole."""
    if kpi.formula == "ratio":
        return answer(numerator=value, denominator=whole)
    if kpi.formula == "variation":
        return answer(current=value, previous=whole)
    return answer(value=value)


def each_value(value: float) -> Callable[[Kpi], dict[str, Any]]:
    """An answer of one value on every KPI, for `made_drafts`."""
    return lambda kpi: figures(kpi, value)


def answer(**figures: Any) -> dict[str, Any]:
    return {"status": "reported", **figures}


def build_several(home: Home, *cycles: str) -> Path:
    """Build several cycles in one file, and run dbt's unit tests beside; returns the file.

    A refresh builds one cycle a file, but models join by cycle, and one run of dbt for all of them is quicker here.
    """
    file = home.builds / "several" / NAME
    for cycle in cycles:
        load(get_cycle(home, cycle), file)
    with duckdb.connect(str(file)) as connection:
        write_pairs(connection, permutations(cycles, 2), ())
    dbt(file.parent, "build")
    return file


def build(home: Home, cycle: str) -> None:
    """Build one cycle as a refresh does, without Dagster and without checks."""
    place = build_of(home, cycle)
    load(get_cycle(home, cycle), place.begin())
    dbt(place.next_folder, "run", "--exclude", f"tag:{ACROSS_CYCLES}")
    place.put_in_place()


def join(home: Home, cycle: str, restored: Restored | None = None, reason: Reason = make.NO_REASON) -> None:
    """Join all cycles, and build what compares them."""
    make.join_cycles(home, cycle, cycle_names(home), read_marts(), restored, reason)
    compare_cycles(home)


def compare_cycles(home: Home, *command: str) -> None:
    """Build what compares the cycles that are joined, with a command of dbt: `run` if nothing is said."""
    dbt(make.joined_folder(home), *(command or ("run",)), "--select", f"tag:{ACROSS_CYCLES}")


def publish(home: Home, cycle: str, restored: Restored | None = None, reason: Reason = make.NO_REASON) -> Publication:
    """Publish a cycle's build, or what an earlier publication has of it, if the audit finds nothing."""
    join(home, cycle, restored, reason)
    leaks = make.audit(make.cut(home, read_marts()), read_marts())
    assert not any(leaks.values()), leaks
    return kept.publish(home, cycle)


def store_copies(home: Home, cycle: str, n: int) -> None:
    """Add cycles to a home with one published cycle until there are n, whose rows are its own under other names and years.

    They are in the raw files, without submissions, and in the internal file of the publication: no audience has seen them.
    """
    publication, marts = kept.current(home), read_marts()
    if publication is None:
        raise RuntimeError("nothing was published")
    original, file = home.cycles / cycle, publication.file("internal")
    with duckdb.connect(str(file)) as connection:
        for number in range(1, n):
            name, year = f"stored-{number:02}", get_cycle(home, cycle).file.reporting_year - number
            shutil.copytree(original, home.cycles / name, ignore=shutil.ignore_patterns("submissions"))
            for mart in marts.values():
                replaced = f"'{name}' as cycle" + (f", {year} as reporting_year" if mart.name == "cycles" else "")
                copied = f"select * replace ({replaced}) from {mart.quoted} where cycle = ?"
                connection.execute(f"insert into {mart.quoted} {copied}", [cycle])
    kept.note_hashes(publication)  # it would be taken for damaged otherwise
    make.join_cycles(home, cycle, cycle_names(home), marts)
    compared = make.joined_folder(home) / NAME
    with duckdb.connect(str(compared)) as connection:
        connection.execute(f"update {PAIRS} set is_published = false")
    compare_cycles(home)
    with attached(None, None, compared=compared) as connection:
        connection.execute(f"attach '{file}' as published")
        for mart in marts.values():
            if mart.is_across_cycles:
                connection.execute(f"insert into published.{mart.quoted} from compared.{mart.quoted}")
    kept.note_hashes(publication)


@cache
def _protected(internal: Path, _: int) -> dict[AudienceName, Protection]:
    """What each audience is shown; decided once for a file that stays what it is."""
    return protect(internal)


def cut_for(
    internal: Path,
    target: Path,
    audience: AudienceName,
    marts: Marts | None = None,
    change: Callable[[Protection], Protection] = lambda protection: protection,
) -> Path:
    """Write one audience's file, with what it is shown changed, say; returns the proof of what it would be shown otherwise."""
    decided = _protected(internal, internal.stat().st_mtime_ns)
    proof_file = target.with_name(f"{target.stem}.proof.duckdb")
    write_proof(proof_file, decided)
    write_audience_file(internal, target, AUDIENCES[audience], marts or read_marts(), change(decided[audience]))
    return proof_file


def dbt(folder: Path, *arguments: str) -> None:
    """Run dbt on the database file of a folder, in the session's server if there is one."""
    done = subprocess.run(
        # nobody reads its log of each step, nor its artifacts, which take it a quarter of its time
        [str(WARM_DBT), "--quiet", "--log-level-file", "warn", "--no-write-json", *arguments, *FOLDERS],
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def rows(file: Path, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query, list(parameters)).fetchall()


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame, whose columns a type checker can't know."""
    yield from frame.itertuples()


def marts(file: Path, cycle: str | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """Every mart's rows, sorted; of one cycle, or of all. When they were made (reference.publication) is left out."""
    with duckdb.connect(str(file), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name not in ('raw', 'main') "
            "and table_name != 'publication' order by 1"
        ).fetchall()
        where = "" if cycle is None else f"where cycle = '{cycle}'"
        return {name: connection.execute(f"select * from {name} {where} order by all").fetchall() for (name,) in names}


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def processes_of(mark: str) -> set[int]:
    """Those whose environment holds a mark: a process and all that it started, and they in turn."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes():
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found
