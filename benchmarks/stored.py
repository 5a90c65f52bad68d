"""Stored cycles: what a refresh takes with 24 of them, against one, but for suppression and audit.

Both homes build the same cycle. In the second, the last publication holds 23 further cycles, whose rows are those of the first
under other names and years; so it has 276 pairs of cycles to compare. Suppression is left out by giving it nothing to do.
"""

from __future__ import annotations

import shutil
import statistics
import time
from itertools import pairwise
from typing import TYPE_CHECKING
from unittest import mock

import duckdb

from orchestration.inputs.cycles import cycle_names, get_cycle
from orchestration.publication import audience_file, kept, make
from orchestration.publication.protection import Protection
from orchestration.warehouse.build import build_of
from orchestration.warehouse.load import load
from orchestration.warehouse.marts import ACROSS_CYCLES, read_marts
from tests.lab import dbt

if TYPE_CHECKING:
    from orchestration.inputs.home import Home

CYCLE = "sample-2022"
STORED = 24
STEPS = ("load", "build", "join", "compare", "cut", "publish")


def with_stored(home: Home, n: int) -> None:
    """Add cycles to a home with one published cycle, in its raw files and in the publication, until there are n."""
    publication = kept.current(home)
    if publication is None:
        raise RuntimeError("nothing was published")
    original = home.cycles / CYCLE
    with duckdb.connect(str(publication.file("internal"))) as connection:
        tables = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        for number in range(1, n):
            name, year = f"stored-{number:02}", 2022 - number
            shutil.copytree(original, home.cycles / name, ignore=shutil.ignore_patterns("submissions"))
            for (table,) in tables:
                replaced = f"'{name}' as cycle" + (f", {year} as reporting_year" if table == "reference.cycles" else "")
                if table != "aggregate.kpi_trends":
                    connection.execute(f"insert into {table} select * replace ({replaced}) from {table} where cycle = ?", [CYCLE])


def measure(home: Home) -> dict[str, float]:
    """Seconds of each step of a refresh of the cycle."""
    marts, build = read_marts(), build_of(home, CYCLE)
    marks = [time.perf_counter()]
    load(get_cycle(home, CYCLE), build.begin())
    marks.append(time.perf_counter())
    dbt(build.next_folder, "build", "--exclude-resource-type", "unit_test", "--exclude", f"tag:{ACROSS_CYCLES}")
    build.put_in_place()
    marks.append(time.perf_counter())
    make.join_cycles(home, CYCLE, cycle_names(home), marts)
    marks.append(time.perf_counter())
    dbt(make.joined_folder(home), "build", "--exclude-resource-type", "unit_test", "--select", f"tag:{ACROSS_CYCLES}")
    marks.append(time.perf_counter())
    with mock.patch.object(audience_file, "protect", return_value=Protection()):
        make.cut(home, marts)
    marks.append(time.perf_counter())
    kept.publish(home, CYCLE)
    marks.append(time.perf_counter())
    return dict(zip(STEPS, (b - a for a, b in pairwise(marks)), strict=True))


def compare(one: Home, many: Home, runs: int) -> list[tuple[str, float, float]]:
    """Medians of each step, with one cycle stored and with many, measured in turn."""
    seconds: dict[str, list[dict[str, float]]] = {"one": [], "many": []}
    for _ in range(runs):
        seconds["one"].append(measure(one))
        seconds["many"].append(measure(many))
    rows = []
    for step in (*STEPS, "all of it"):
        medians = {
            name: statistics.median(sum(run.values()) if step == "all of it" else run[step] for run in found)
            for name, found in seconds.items()
        }
        rows.append((step, medians["one"], medians["many"]))
    return rows
