"""Eight readers through twenty refreshes: `python -m tests.torture.readers [--old PYTHON]`.

Half of the readers are of the DuckDB at hand; the other half of an old client, where a Python that has one is named. Each opens an
audience's file again and again, as an analyst's script does, and asks for every table's rows. The figures are the same in all
publications, so any other answer is a torn one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.sample import read_targets, write_sample
from tests.lab import new_home, rows

CYCLES = ("sample-2022", "sample-2024")
PMM = Path(sys.executable).with_name("pmm")
QUERY = (
    "select (select count(*) from reference.kpis), (select count(*) from aggregate.kpi_by_group), "
    "(select count(*) from instrument.instrument_use), (select count(*) from correlation.instrument_kpi), "
    "(select count(*) from aggregate.kpi_trends), (select sum(n_reported)::bigint from aggregate.kpi_by_group)"
)
# plain enough for whatever Python an old client runs in
READER = """
import json, os, sys, duckdb
path, stop, query, right = sys.argv[1:]
right, n_reads, wrong, seen = json.loads(right), 0, [], set()
while not os.path.exists(stop):
    try:
        connection = duckdb.connect(path, read_only=True)
        found = [int(value) for value in connection.execute(query).fetchone()]
        connection.close()
        if found != right:
            wrong.append(str(found))
    except Exception as error:
        wrong.append(str(error)[:300])
    n_reads += 1
    seen.add(os.path.realpath(path))
print(json.dumps({"version": duckdb.__version__, "reads": n_reads, "wrong": wrong[:3], "publications": len(seen)}))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", default="", help="A Python with an old DuckDB.")
    parser.add_argument("--refreshes", type=int, default=20)
    parser.add_argument("--readers", type=int, default=8)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, stop = new_home(Path(folder) / "home"), Path(folder) / "stop"

        def refresh(cycle: str) -> int:
            command = [str(PMM), "refresh", "--cycle", cycle, "--reason", "readers"]
            return subprocess.run(command, env={"PMM_HOME": str(home.path)}, capture_output=True, check=False).returncode

        for cycle in CYCLES:
            write_sample(home, read_targets(home, cycle))
            assert refresh(cycle) == 0, "the first refresh must work"
        readers = []
        for number in range(arguments.readers):
            python = arguments.old if arguments.old and number % 2 else sys.executable
            path = home.published(list(AUDIENCES)[number % len(AUDIENCES)])
            right = json.dumps(rows(path, QUERY)[0], default=int)
            command = [python, "-c", READER, str(path), str(stop), QUERY, right]
            readers.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        failed = sum(refresh(CYCLES[number % 2]) != 0 for number in range(arguments.refreshes))
        stop.touch()
        said = [json.loads(reader.communicate(timeout=60)[0]) for reader in readers]
    for one in said:
        print(
            f"DuckDB {one['version']}: {one['reads']:,} reads of {one['publications']} publications, wrong: {one['wrong'] or 'none'}"
        )
    print(f"{arguments.refreshes} refreshes beside them, {failed} failed")
    return 1 if failed or any(one["wrong"] for one in said) else 0


if __name__ == "__main__":
    sys.exit(main())
