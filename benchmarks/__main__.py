"""`python -m benchmarks`: what a user waits for, measured in one run on one machine, so that the ratios can be compared.

refresh   `pmm refresh` of the sample cycle of 62 Members, against a bare `dbt build` of the same project and cycle
earlier   that refresh against the one of an earlier commit (`earlier.py`)
parts     the imports of a refresh alone, and the SQL of its models alone (`parts.py`)
several   `pmm refresh --all` of both sample cycles, side by side and one after the other
start-up  `pmm --help`, and `pmm check` of one workbook: neither needs Dagster, dbt or Great Expectations
queries   each of the twenty of docs/queries.md on the internal file, which a process opens for it; the slowest is given
workbooks reading and judging a thousand of them, against pandas (`workbooks.py`)
stored    the steps of a refresh, and the whole command, with 24 cycles stored against one (`stored.py`)

Each figure is the median of some runs, taken in turn. Nothing here is asserted: machines are noisy. `make benchmark` writes them,
with those of `engines.py`, to `RESULTS.md`.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks import parts, stored, workbooks
from benchmarks.earlier import COMMIT, earlier
from benchmarks.homes import empty_home
from orchestration.inputs.home import CODE, Home
from orchestration.warehouse.build import NAME, build_of
from orchestration.warehouse.dbt import FOLDERS
from orchestration.warehouse.marts import ACROSS_CYCLES
from orchestration.warm.dbt_server import dbt_server
from tests.lab import store_copies

if TYPE_CHECKING:
    from collections.abc import Callable

BIN = Path(sys.executable).parent
CYCLE = stored.CYCLE
REFRESH = ("pmm", "refresh", "--cycle", CYCLE, "--reason", "a benchmark")
WHOLE = "pmm refresh, the whole command"
SLOWEST = "slowest of twenty queries"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=5, help="runs of each command; the median counts (default 5)")
    parser.add_argument("--output", type=Path, help="a file to write the figures to, as Markdown")
    given = parser.parse_args()
    tables = {}
    with tempfile.TemporaryDirectory() as folder:
        home = empty_home(Path(folder) / "home")
        tables["Commands"] = commands(home, given.runs)
        tables[f"A refresh, against commit {COMMIT}"] = against_earlier(home, given.runs)
        tables["Both sample cycles, from nothing"] = both_cycles(empty_home(Path(folder) / "both"), given.runs)
        tables[f"{workbooks.N_FILES:,} workbooks"] = reading(home, given.runs)
        tables[f"{stored.STORED} cycles stored, against one"] = stored_cycles(home, given.runs)
    console = Console(width=140, record=True)
    console.print(f"# Benchmarks\n\nMedians of {given.runs} runs, in turn, on {machine()}.")
    for title, table in tables.items():
        console.print(f"\n## {title}\n")
        console.print(table)
    if given.output is not None:
        given.output.write_text("\n".join(line.rstrip() for line in console.export_text().splitlines()) + "\n", encoding="utf-8")


def machine() -> str:
    """What the figures were measured on."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    versions = ", ".join(f"{name} {version(name)}" for name in ("dagster", "dbt-core", "duckdb", "great-expectations"))
    processors = f"{len(os.sched_getaffinity(0))} processors ({model[1] if model else platform.machine()})"
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{processors}, {memory:.0f} GiB of memory, Python {platform.python_version()}, {versions}"


def commands(home: Home, runs: int) -> Table:
    """Commands as a user types them."""
    command = partial(_command, home)
    command("pmm", "sample", "--cycle", CYCLE)()
    refresh = command(*REFRESH)
    refresh()  # makes the build file, and the manifest if it is old
    bare = home.path / "bare"
    bare.mkdir()
    shutil.copy(build_of(home, CYCLE).whole, bare)
    selection = ("--exclude-resource-type", "unit_test", "--exclude", f"tag:{ACROSS_CYCLES}")
    build = command("dbt", "--quiet", "build", *selection, *FOLDERS, folder=bare)
    build()
    workbook = sorted((home.cycles / CYCLE / "submissions").rglob("XAA*.xlsx"))[0]
    check = [str(BIN / "pmm"), "check", str(workbook)]
    measured: dict[str, Callable[[], None]] = {
        f"pmm refresh --cycle {CYCLE}": refresh,
        "dbt build": build,
        "pmm --help": command("pmm", "--help"),
        "pmm template": command("pmm", "template", "--cycle", CYCLE, "--member", "XAA"),
        # a sample's workbook may have faults, which check's exit code says
        "pmm check of one workbook": partial(_quietly, check, _environment(home)),
    }
    seconds = _in_turn(measured, runs) | {SLOWEST: slowest_query(home.published("internal"), runs)}
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    table = Table("command", "median", "fastest", "aim", box=box.MARKDOWN)
    aims = {"pmm --help": "0.5 s", "pmm check of one workbook": "1.5 s", SLOWEST: "0.05 s"}
    for column in table.columns[1:]:
        column.justify = "right"
    for name, found in seconds.items():
        table.add_row(name, f"{medians[name]:.2f} s", f"{min(found):.2f} s", aims.get(name, ""))
    ratio = medians[f"pmm refresh --cycle {CYCLE}"] / medians["dbt build"]
    table.add_row("refresh / dbt build", f"{ratio:.2f}", "", "1.5")
    return table


def against_earlier(home: Home, runs: int) -> Table:
    """A refresh of 62 Members against the one of an earlier commit, and what takes its time whatever we do."""
    now, then = f"pmm refresh --cycle {CYCLE}", f"the same at commit {COMMIT}"
    measured = {now: _command(home, *REFRESH)}
    before = earlier(CYCLE, home.path.with_name("earlier"))
    if before is not None:
        measured[then] = before
    found = _in_turn(measured, runs)
    for name, module in parts.IMPORTED.items():
        found[f"import of {name} alone"] = [parts.import_alone(module) for _ in range(runs)]
    found["the SQL of its models, alone"] = [parts.sql_alone(home.path / "bare", NAME) for _ in range(runs)]
    table = Table("what", "median", "fastest", "times as fast as then", "aim", box=box.MARKDOWN)
    for column in table.columns[1:]:
        column.justify = "right"
    medians = {name: statistics.median(seconds) for name, seconds in found.items()}
    for name, seconds in found.items():
        ratio = (f"{medians[then] / medians[now]:.2f}", "1.7") if name == now and then in medians else ("", "")
        table.add_row(name, f"{medians[name]:.2f} s", f"{min(seconds):.2f} s", *ratio)
    if before is None:
        table.add_row(f"(commit {COMMIT} is not in this clone)", "", "", "", "1.7")
    return table


def both_cycles(home: Home, runs: int) -> Table:
    """All cycles at once, where nothing was built or published: as `make run` does."""
    _command(home, "pmm", "sample")()

    def from_nothing(*arguments: str) -> None:
        shutil.rmtree(home.warehouse, ignore_errors=True)
        _command(home, "pmm", "refresh", "--all", *arguments)()

    measured: dict[str, Callable[[], None]] = {
        f"pmm refresh --all --jobs {jobs}": partial(from_nothing, "--jobs", jobs) for jobs in ("1", "2")
    }
    medians = {name: statistics.median(found) for name, found in _in_turn(measured, runs).items()}
    table = Table("command", "median", "against one after the other", box=box.MARKDOWN)
    for column in table.columns[1:]:
        column.justify = "right"
    one_by_one = next(iter(medians.values()))
    for name, median in medians.items():
        table.add_row(name, f"{median:.2f} s", f"{median / one_by_one:.2f}")
    return table


def slowest_query(file: Path, runs: int) -> list[float]:
    """Seconds of each run of the slowest of the twenty queries, from opening the file to its rows."""
    queries = re.findall(r"```sql\n(.*?)```", (CODE / "docs" / "queries.md").read_text(encoding="utf-8"), re.DOTALL)
    ask = (
        "import sys, time, duckdb; query = sys.stdin.read(); began = time.perf_counter(); "
        "duckdb.connect(sys.argv[1], read_only=True).execute(query).fetchall(); print(time.perf_counter() - began)"
    )
    asked = [
        [
            float(
                subprocess.run(
                    [sys.executable, "-c", ask, str(file)], input=query, capture_output=True, text=True, check=True
                ).stdout
            )
            for _ in range(runs)
        ]
        for query in queries
    ]
    return max(asked, key=statistics.median)


def reading(home: Home, runs: int) -> Table:
    """Workbooks read and judged, against their values read by pandas."""
    seconds = _in_turn(workbooks.measure(home, CYCLE, home.path.with_name("workbooks")), runs)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    table = Table("workbooks", "median", "times as fast as pandas", "aim", box=box.MARKDOWN)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, median in medians.items():
        ratio, aim = (f"{medians[workbooks.PANDAS] / median:.2f}", "3") if name == workbooks.OURS else ("", "")
        table.add_row(name, f"{median:.2f} s", ratio, aim)
    return table


def stored_cycles(home: Home, runs: int) -> Table:
    """The steps of a refresh, and the whole command, with one cycle stored and with many."""
    many = Home(Path(shutil.copytree(home.path, home.path.with_name("many"), symlinks=True)))
    table = Table("step", "1 cycle", f"{stored.STORED} cycles", "ratio", "aim", box=box.MARKDOWN)
    for column in table.columns[1:]:
        column.justify = "right"
    with dbt_server():
        store_copies(many, CYCLE, stored.STORED)
        steps = stored.compare(home, many, runs)
    refreshes = {"one": _command(home, *REFRESH), "many": _command(many, *REFRESH)}
    _in_turn(refreshes, 1)  # the stored cycles get their pages, which no refresh writes again
    found = _in_turn(refreshes, runs)
    one, several = statistics.median(found["one"]), statistics.median(found["many"])
    protection = [step for step in steps if step[0] in stored.PROTECTION]
    rest = (one - sum(step[1] for step in protection), several - sum(step[2] for step in protection))
    steps += [(WHOLE, one, several), (f"{WHOLE} without protection", *rest)]
    aims = {WHOLE: "1.3", f"{WHOLE} without protection": "1.15"}
    for step, of_one, of_many in steps:
        ratio = f"{of_many / of_one:.2f}" if of_one else ""
        table.add_row(step, f"{of_one:.2f} s", f"{of_many:.2f} s", ratio, aims.get(step, ""))
    return table


def _environment(home: Home) -> dict[str, str]:
    return {**os.environ, "PMM_HOME": str(home.path)}


def _command(home: Home, name: str, *arguments: str, folder: Path | None = None) -> Callable[[], None]:
    """What runs a program on a home; dbt with its own folder for what it writes."""
    variables = _environment(home)
    if folder is not None:
        variables |= {"DBT_TARGET_PATH": str(folder), "DBT_LOG_PATH": str(folder)}

    def run() -> None:
        done = subprocess.run(
            [str(BIN / name), *arguments], env=variables, cwd=home.path, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            sys.exit(f"{name} {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")

    return run


def _in_turn(measured: dict[str, Callable[[], None]], runs: int) -> dict[str, list[float]]:
    """Seconds of each run, by name."""
    seconds: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(runs):
        for name, run in measured.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    return seconds


def _quietly(arguments: list[str], environment: dict[str, str]) -> None:
    code = subprocess.run(arguments, env=environment, capture_output=True, check=False).returncode
    if code not in (0, 1):
        sys.exit(f"{' '.join(arguments)} ended with code {code}")


if __name__ == "__main__":
    main()
