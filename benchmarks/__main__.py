"""`python -m benchmarks`: what a user waits for, measured in one run on one machine, so that the ratios can be compared.

refresh   `pmm refresh` of the sample cycle of 62 Members, against a bare `dbt build` of the same project and warehouse
start-up  `pmm --help`, and `pmm check` of one workbook: neither needs Dagster, dbt or Great Expectations

Each figure is the median of some runs, taken in turn. Nothing here is asserted: machines are noisy.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from orchestration.inputs.home import CODE, DBT_PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable

BIN = Path(sys.executable).parent
CYCLE = "sample-2022"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=3, help="runs of each command; the median counts (default 3)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(CODE / "raw", home / "raw", ignore=shutil.ignore_patterns("submissions"))
        shutil.copy(CODE / "dagster.yaml", home)
        environment = {**os.environ, "PMM_HOME": str(home), "PMM_BUILD_FILE": str(home / "warehouse" / "build" / "pmm.duckdb")}

        def command(name: str, *arguments: str) -> Callable[[], None]:
            def run() -> None:
                done = subprocess.run(
                    [str(BIN / name), *arguments], env=environment, cwd=home, capture_output=True, text=True, check=False
                )
                if done.returncode != 0:
                    sys.exit(f"{name} {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")

            return run

        folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        targets = ["--target-path", str(home / "target"), "--log-path", str(home / "target")]
        command("pmm", "sample", "--cycle", CYCLE)()
        refresh = command("pmm", "refresh", "--cycle", CYCLE)
        build = command("dbt", "--quiet", "build", "--exclude-resource-type", "unit_test", *folders, *targets)
        refresh()  # makes the build file, and the manifest if it is old
        build()
        workbook = sorted((home / "raw" / "cycles" / CYCLE / "submissions").rglob("XAA*.xlsx"))[0]
        measured = {
            "pmm refresh --cycle sample-2022": refresh,
            "dbt build": build,
            "pmm --help": command("pmm", "--help"),
            "pmm template": command("pmm", "template", "--cycle", CYCLE, "--member", "XAA"),
        }
        check = [str(BIN / "pmm"), "check", str(workbook)]
        # a sample's workbook may have faults, of which check's exit code tells
        measured["pmm check of one workbook"] = lambda: _quietly(check, environment)
        seconds: dict[str, list[float]] = {name: [] for name in measured}
        for _ in range(runs):
            for name, run in measured.items():
                began = time.perf_counter()
                run()
                seconds[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    table = Table("command", "median", "fastest", "aim", box=None)
    aims = {"pmm --help": "0.5 s", "pmm check of one workbook": "1.5 s"}
    for column in table.columns[1:]:
        column.justify = "right"
    for name, found in seconds.items():
        table.add_row(name, f"{medians[name]:.2f} s", f"{min(found):.2f} s", aims.get(name, ""))
    ratio = medians["pmm refresh --cycle sample-2022"] / medians["dbt build"]
    table.add_row("refresh / dbt build", f"{ratio:.2f}", "", "1.5")
    Console(width=100).print(table)


def _quietly(arguments: list[str], environment: dict[str, str]) -> None:
    code = subprocess.run(arguments, env=environment, capture_output=True, check=False).returncode
    if code not in (0, 1):
        sys.exit(f"{' '.join(arguments)} ended with code {code}")


if __name__ == "__main__":
    main()
