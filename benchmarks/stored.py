"""Stored cycles: what a refresh takes with 24 of them, against one, but for suppression and audit.

Both homes build the same cycle. In the second, the last publication holds 23 further cycles, whose rows are those of the first
under other names and years, each compared with those before it. Suppression is left out by giving it nothing to do.
"""

from __future__ import annotations

import shutil
import statistics
import time
from itertools import pairwise
from typing import TYPE_CHECKING
from unittest import mock

import duckdb

from orchestration.disclosure.audiences import PROTECTED
from orchestration.inputs.cycles import cycle_names, get_cycle
from orchestration.publication import kept, make
from orchestration.publication.join import PAIRS
from orchestration.publication.protection.tables import Protection
from orchestration.warehouse.build import NAME, build_of
from orchestration.warehouse.held import attached
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
    publication, marts = kept.current(home), read_marts()
    if publication is None:
        raise RuntimeError("nothing was published")
    original, file = home.cycles / CYCLE, publication.file("internal")
    with duckdb.connect(str(file)) as connection:
        for number in range(1, n):
            name, year = f"stored-{number:02}", 2022 - number
            shutil.copytree(original, home.cycles / name, ignore=shutil.ignore_patterns("submissions"))
            for mart in marts.values():
                replaced = f"'{name}' as cycle" + (f", {year} as reporting_year" if mart.name == "cycles" else "")
                copied = f"select * replace ({replaced}) from {mart.quoted} where cycle = ?"
                connection.execute(f"insert into {mart.quoted} {copied}", [CYCLE])
    kept.note_hashes(publication)  # it would be taken for damaged otherwise
    make.join_cycles(home, CYCLE, cycle_names(home), marts)
    compared = make.joined_folder(home) / NAME
    with duckdb.connect(str(compared)) as connection:
        connection.execute(f"update {PAIRS} set is_published = false")
    _compare_cycles(home)
    with attached(None, None, compared=compared) as connection:
        connection.execute(f"attach '{file}' as published")
        for mart in marts.values():
            if mart.is_across_cycles:
                connection.execute(f"insert into published.{mart.quoted} from compared.{mart.quoted}")
    kept.note_hashes(publication)


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
    _compare_cycles(home)
    marks.append(time.perf_counter())
    with mock.patch.object(make, "_decide", return_value={audience.name: Protection() for audience in PROTECTED}):
        make.cut(home, marts)
    marks.append(time.perf_counter())
    kept.publish(home, CYCLE)
    marks.append(time.perf_counter())
    return dict(zip(STEPS, (b - a for a, b in pairwise(marks)), strict=True))


def _compare_cycles(home: Home) -> None:
    dbt(make.joined_folder(home), "build", "--exclude-resource-type", "unit_test", "--select", f"tag:{ACROSS_CYCLES}")


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
