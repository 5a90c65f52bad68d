"""Stored cycles: what a refresh takes with 24 of them, against one.

Both homes build the same cycle. In the second, the last publication holds 23 further cycles, whose rows are those of the first
under other names and years, each compared with those before it. Before anything is measured, what is shown of them is decided
once.
"""

from __future__ import annotations

import statistics
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from orchestration.inputs.cycles import cycle_names, get_cycle
from orchestration.publication import kept, make
from orchestration.warehouse.build import build_of
from orchestration.warehouse.load import load
from orchestration.warehouse.marts import ACROSS_CYCLES, read_marts
from tests.lab import compare_cycles, dbt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.inputs.home import Home

CYCLE = "sample-2022"
STORED = 24
UNPROTECTED = ("load", "build", "join", "compare", "cut", "publish")
PROTECTION = ("suppression", "audit")


def measure(home: Home) -> dict[str, float]:
    """Seconds of each step of a refresh of the cycle, by step."""
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        seconds[step] = time.perf_counter() - began

    marts, build = read_marts(), build_of(home, CYCLE)
    with timed("load"):
        load(get_cycle(home, CYCLE), build.begin())
    with timed("build"):
        dbt(build.next_folder, "build", "--exclude-resource-type", "unit_test", "--exclude", f"tag:{ACROSS_CYCLES}")
        build.put_in_place()
    with timed("join"):
        make.join_cycles(home, CYCLE, cycle_names(home), marts)
    with timed("compare"):
        compare_cycles(home, "build", "--exclude-resource-type", "unit_test")
    ended: dict[str, float] = {}

    def noted(name: str) -> Any:
        function = getattr(make, name)

        def run(*arguments: Any) -> Any:
            try:
                return function(*arguments)
            finally:
                ended[name] = time.perf_counter()

        return mock.patch.object(make, name, run)

    last = kept.current(home)
    with timed("cut"), noted("_decide"), noted("_write_internal"):
        new = make.cut(home, marts)
    # it is decided beside the joining: what is waited for is what it takes longer
    seconds["suppression"] = max(0.0, ended["_decide"] - ended["_write_internal"])
    seconds["cut"] -= seconds["suppression"]
    with timed("audit"):
        leaks = make.audit(new, marts, last)
    if any(leaks.values()):
        raise RuntimeError(f"the audit found {leaks}")
    with timed("publish"):
        kept.publish(home, CYCLE)
    return seconds


def compare(one: Home, many: Home, runs: int) -> list[tuple[str, float, float]]:
    """Medians of each step, with one cycle stored and with many, measured in turn."""
    measure(many)  # decides what is shown of all cycles
    seconds: dict[str, list[dict[str, float]]] = {"one": [], "many": []}
    for _ in range(runs):
        seconds["one"].append(measure(one))
        seconds["many"].append(measure(many))
    parts: dict[str, tuple[str, ...]] = {step: (step,) for step in (*UNPROTECTED, *PROTECTION)}
    parts |= {"all but suppression and audit": UNPROTECTED, "all of it": (*UNPROTECTED, *PROTECTION)}

    def median(home: str, steps: tuple[str, ...]) -> float:
        return statistics.median(sum(run[step] for step in steps) for run in seconds[home])

    return [(name, median("one", steps), median("many", steps)) for name, steps in parts.items()]
