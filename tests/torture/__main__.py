"""`make torture`: faults at random moments of real refreshes, and what is there afterwards.

Each round begins with two published cycles, does harm to a refresh or to a file, and then asks: is every published file whole
and has its rows; is the next refresh right, cell for cell; does a process live on; is a temporary folder left? A round that
finds something is printed with its seed; the program ends with 1 if there was one.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.publication import kept
from orchestration.sample import read_targets, write_sample
from tests.lab import marts, new_home, rows

CYCLES = ("sample-2022", "sample-2024")
PMM = Path(sys.executable).with_name("pmm")
AFTER = 1.1
"""Up to when a kill falls, as a part of the time that a refresh takes: some come when it is over."""
JUMPS = ("-400d", "-1d", "-1h", "-5m", "+0", "+5m", "+1d", "+400d")
"""How far from the right time the clock may be, as libfaketime has it; it jumps between these."""
Rows = dict[str, dict[str, list[tuple[Any, ...]]]]


class Lab:
    """A home, what is right in it, and a folder for what is temporary."""

    def __init__(self, folder: Path, clock: str) -> None:
        self.clock = clock  # libfaketime's library
        self.last: tuple[str, ...] = ()  # the cycles that were refreshed last; none for all
        self.home = new_home(folder / "home")
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        for cycle in CYCLES:
            write_sample(self.home, read_targets(self.home, cycle))
        assert self.refresh().wait() == 0, "the first refresh must work"
        began = time.monotonic()
        assert self.refresh(CYCLES[0]).wait() == 0, "the next refresh must work"
        self.longest = AFTER * (time.monotonic() - began)
        self.right = self.shown()
        self.cells = self.counted()

    def refresh(self, *cycles: str, more: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a refresh in a process group of its own, of one cycle or of all, with more variables in its environment."""
        self.last = cycles
        which = ["--cycle", *cycles] if cycles else ["--all"]
        command = [str(PMM), "refresh", *which, "--reason", "torture"]
        environment = (
            os.environ | {"PMM_HOME": str(self.home.path), "TMPDIR": str(self.temporary), "COLUMNS": "300"} | (more or {})
        )
        with (self.home.path / "said.txt").open("wb") as said:
            return subprocess.Popen(command, env=environment, stdout=said, stderr=said, start_new_session=True)

    def shown(self) -> Rows:
        """All rows of all published files."""
        return {audience: marts(self.home.published(audience)) for audience in AUDIENCES}

    def counted(self) -> list[tuple[Any, ...]]:
        """Cells received, loaded and set aside, by cycle."""
        query = "select cycle, sum(n_cells), sum(n_loaded), sum(n_set_aside) from lineage.submissions group by all order by 1"
        return rows(self.home.published("internal"), query)

    def living(self) -> list[int]:
        """Processes that work on this home."""
        mark, found = f"PMM_HOME={self.home.path}".encode(), []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (path / "environ").read_bytes().split(b"\0") and int(path.name) != os.getpid():
                    found.append(int(path.name))
            except OSError:
                continue
        return found

    def faults(self, *, is_published_harmed: bool) -> list[str]:
        """What is wrong now; after it the home is as it was before the round."""
        wrong = []
        if not is_published_harmed and self.shown() != self.right:
            wrong.append("the published files are not what they were")
        wait_for(lambda: not self.living(), 20)
        if left := self.living():
            wrong.append(f"processes live on: {left}")
            for process in left:
                os.kill(process, signal.SIGKILL)
        # one cycle's refresh publishes the files of all
        if self.refresh(*(() if is_published_harmed else self.last)).wait() != 0:
            wrong.append(f"the next refresh failed: {self.said()}")
        if self.shown() != self.right:
            wrong.append("the next refresh did not make all rows as they were")
        elif self.counted() != self.cells:
            wrong.append("cells are lost")
        wait_for(lambda: not self.living() and not self.left(), 10)
        if left_over := self.left():
            wrong.append(f"temporary files are left: {left_over[:5]}")
        return wrong

    def left(self) -> list[str]:
        """What is left of work that was cut short."""
        inside = [self.home.warehouse, *self.home.cycles.glob("*/received")]
        hidden = [path for folder in inside for path in folder.rglob(".*") if path.suffix in (".part", ".copy", ".link")]
        folders = [kept.folder_of(self.home) / name for name in (".next", ".joined")]
        return [str(path) for path in [*self.temporary.iterdir(), *hidden, *(f for f in folders if f.exists())]]

    def said(self) -> str:
        """The end of what the last refresh said."""
        return (self.home.path / "said.txt").read_text(errors="replace")[-600:]


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)


def kill(lab: Lab, chance: random.Random, what: str) -> None:
    """End a refresh by force: its main process, its whole group, or one of its helpers."""
    process = lab.refresh(chance.choice(CYCLES))
    time.sleep(chance.uniform(0.1, lab.longest))
    try:
        if what == "group":
            os.killpg(process.pid, signal.SIGKILL)
        elif what == "helper":
            others = [one for one in lab.living() if one != process.pid]
            os.kill(chance.choice(others or [process.pid]), signal.SIGKILL)
        else:
            process.kill()
    except ProcessLookupError:
        pass
    process.wait(timeout=600)


def kill_main(lab: Lab, chance: random.Random) -> bool:
    kill(lab, chance, "main")
    return False


def kill_group(lab: Lab, chance: random.Random) -> bool:
    kill(lab, chance, "group")
    return False


def kill_helper(lab: Lab, chance: random.Random) -> bool:
    kill(lab, chance, "helper")
    return False


def several_at_once(lab: Lab, chance: random.Random) -> bool:
    """Two to four refreshes, begun within two seconds of each other."""
    running = []
    for _ in range(chance.randint(2, 4)):
        running.append(lab.refresh(chance.choice(CYCLES)))
        time.sleep(chance.uniform(0, 0.7))
    codes = [process.wait(timeout=300) for process in running]
    assert codes == [0] * len(codes), f"refreshes beside each other ended with {codes}: {lab.said()}"
    return False


def replaced_while_read(lab: Lab, chance: random.Random) -> bool:
    """A submission is overwritten, cut short and put back while a refresh reads."""
    cycle = chance.choice(CYCLES)
    files = sorted((lab.home.cycles / cycle / "submissions").glob("*.*"))
    process = lab.refresh(cycle)
    path = chance.choice(files)
    content, status = path.read_bytes(), path.stat()
    end = time.monotonic() + chance.uniform(1, 4)
    while time.monotonic() < end:
        path.write_bytes(content[: chance.randint(0, len(content))])
        path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    process.wait(timeout=300)
    return True  # it may rightly have published the cycle without what it could not read


def damaged_file(lab: Lab, chance: random.Random) -> bool:
    """A file of the warehouse is cut short, written over, or removed."""
    names = [
        "build/*/pmm.duckdb",
        "publications/*/*.duckdb",
        "current",
        "dagster/history/runs.db",
        "dagster/history/runs/index.db",
    ]
    paths = list(lab.home.warehouse.glob(chance.choice(names)))
    path = chance.choice(sorted(paths))
    how = chance.choice(["cut", "write", "remove"])
    if path.is_symlink() or how == "remove":
        path.unlink()
    elif how == "cut":
        os.truncate(path, path.stat().st_size // 2)
    else:
        with path.open("r+b") as file:
            file.seek(chance.randrange(max(1, path.stat().st_size - 4096)))
            file.write(chance.randbytes(4096))
    return True


def full_or_read_only(lab: Lab, chance: random.Random) -> bool:
    """A refresh on a disk that fills up or can't be written, as root of a user namespace of its own."""
    size = chance.randint(12, 90)
    copy = lab.temporary / "disk"
    copy.mkdir()
    harm = (
        "mount -o remount,ro $D"
        if chance.random() < 0.3
        else f"fallocate -l $(( $(df --output=avail -B1 $D | tail -1) - {size} * 100000 )) $D/filler"
    )
    script = (
        f"set -e; D={copy}; S=$(du -sm {lab.home.path} | cut -f1); mount -t tmpfs -o size=$(( S + 200 ))m tmpfs $D; cp -a {lab.home.path}/. $D/; {harm}; export PMM_HOME=$D TMPDIR=$D\n"
        f"if {PMM} refresh --cycle {CYCLES[0]} --reason torture > /tmp/.torture.$$ 2>&1; then echo published; else\n"
        "grep -q 'The disk\\|The folder' /tmp/.torture.$$ || { cat /tmp/.torture.$$; echo NO SENTENCE; }; fi\n"
        "rm -f /tmp/.torture.$$ $D/filler; mount -o remount,rw $D\n"
        f"{PMM} refresh --cycle {CYCLES[0]} --reason torture > $D/said.txt 2>&1 || {{ cat $D/said.txt; echo NEXT FAILED; }}\n"
        f"cd {Path(__file__).resolve().parents[2]}; {sys.executable} -m tests.torture.rows $D {lab.home.path} || echo OTHER ROWS\n"
    )
    done = subprocess.run(["unshare", "-rm", "bash", "-c", script], capture_output=True, text=True, timeout=300, check=False)
    copy.rmdir()
    assert done.returncode == 0, done.stderr[-500:]
    for bad in ("NO SENTENCE", "NEXT FAILED", "OTHER ROWS"):
        assert bad not in done.stdout, done.stdout[-1500:]
    return False


def clock_jumps(lab: Lab, chance: random.Random) -> bool:
    """The clock of all of a refresh's processes jumps backward and forward, by minutes or by more than a year."""
    clock = lab.home.path / "clock.txt"
    clock.write_text(chance.choice(JUMPS), encoding="utf-8")
    faked = {
        "LD_PRELOAD": lab.clock,
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        # what waits for some seconds waits for as many
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }
    process = lab.refresh(*chance.choice([CYCLES[:1], CYCLES[1:], ()]), more=faked)
    end = time.monotonic() + 300
    while process.poll() is None and time.monotonic() < end:
        time.sleep(chance.uniform(0.05, 2))
        # in one step: a clock that is half written would stand still
        (new := clock.with_suffix(".new")).write_text(chance.choice(JUMPS), encoding="utf-8")
        new.replace(clock)
    code = process.poll()
    assert code == 0, f"a refresh whose clock jumps ended with {code}: {lab.said()}"
    return False


HARMS: dict[str, tuple[Callable[[Lab, random.Random], bool], int]] = {
    "kill -9 of the main process": (kill_main, 34),
    "kill -9 of the group": (kill_group, 33),
    "kill -9 of a helper": (kill_helper, 33),
    "refreshes at once": (several_at_once, 10),
    "submission replaced while read": (replaced_while_read, 10),
    "damaged file": (damaged_file, 20),
    "disk full or read-only": (full_or_read_only, 10),
    "clock jumps": (clock_jumps, 10),
}
"""What is done, and in how many of 160 rounds."""


def harmed(lab: Lab, name: str, chance: random.Random) -> list[str]:
    """Do a harm; what is wrong after it."""
    try:
        is_published_harmed = HARMS[name][0](lab, chance)
    except AssertionError as error:
        return [str(error), *lab.faults(is_published_harmed=True)]
    return lab.faults(is_published_harmed=is_published_harmed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=160)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="After which no round is begun.")
    parser.add_argument("--only", default="", help="Harms whose name holds this text.")
    parser.add_argument("--clock", type=Path, help="libfaketime's library; without it no clock jumps.")
    arguments = parser.parse_args()
    names = {name: number for name, (_, number) in HARMS.items() if arguments.only in name}
    if arguments.clock is None:
        names.pop("clock jumps", None)
    counts, bad = Counter[str](), 0
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before it was done"))
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder), str(arguments.clock))
        try:
            for seed in range(arguments.seed, arguments.seed + arguments.rounds):
                if time.monotonic() - began > 60 * arguments.minutes:
                    break
                chance = random.Random(seed)
                name = chance.choices(list(names), list(names.values()))[0]
                counts[name] += 1
                if wrong := harmed(lab, name, chance):
                    bad += 1
                    print(f"seed {seed}, {name}: {'; '.join(wrong)}", flush=True)
        finally:
            for process in lab.living():
                os.kill(process, signal.SIGKILL)
    for name, n_rounds in counts.items():
        print(f"{n_rounds:4} rounds: {name}")
    print(f"{bad} of {counts.total()} rounds found something, in {(time.monotonic() - began) / 60:.0f} min")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
