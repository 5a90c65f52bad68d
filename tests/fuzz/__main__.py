"""`make fuzz`: reads mutated files as a refresh does, and says which of them the program failed on.

A case is made from its number alone, so that it can be made again: `python -m tests.fuzz --case N`. Numbers of cases that
once failed stand in `kept.txt`, and are read with the tests.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from orchestration.inputs.home import Home
from orchestration.warm.workers import warm_up
from tests.fuzz.cases import Fuzz, failures
from tests.lab import new_home

AT_ONCE = 100


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=2_000, help="files to read (default 2000)")
    parser.add_argument("--start", type=int, default=0, help="number of the first case (default 0)")
    parser.add_argument("--case", type=int, help="read one case, and keep its file in the working folder")
    arguments = parser.parse_args()
    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        home: Home = new_home(Path(folder) / "home")
        fuzz = Fuzz(home)
        if arguments.case is not None:
            name, data = fuzz.make(arguments.case)
            Path(name).write_bytes(data)
            print(f"{name}: {len(data)} bytes")
            numbers = [arguments.case]
        else:
            numbers = list(range(arguments.start, arguments.start + arguments.runs))
        rules: Counter[str] = Counter()
        failed: dict[int, str] = {}
        began = time.monotonic()
        for first in range(0, len(numbers), AT_ONCE):
            found = failures(fuzz, numbers[first : first + AT_ONCE], rules)
            failed |= found
            print(f"{first + AT_ONCE:7,} files, {len(failed)} failures, {time.monotonic() - began:.0f} s", flush=True)
    for rule, n in rules.most_common():
        print(f"  {n:8,} {rule}")
    for number, why in failed.items():
        print(f"case {number}: {why}")
    raise SystemExit(bool(failed))


if __name__ == "__main__":
    main()
