"""A full disk and a folder that can't be written end a refresh with a sentence, and leave nothing half done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.inputs.home import CODE, Home
from orchestration.warehouse.storage import storage_problem
from tests.lab import made_drafts, new_cycle, send

MOUNTS = (
    subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False).returncode == 0
)


def test_whatever_library_says_it() -> None:
    try:
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            raise RuntimeError("the log can't be written") from error
    except RuntimeError as error:
        said = storage_problem(error)
    assert said is not None
    assert said.startswith("The disk is full ([Errno 28] No space left on device). Free some space")
    assert "can't be written" in (storage_problem('Cannot open file "/x/pmm.duckdb": Read-only file system') or "")
    assert storage_problem(ValueError("something else")) is None


@pytest.mark.skipif(not MOUNTS, reason="needs the right to mount")
def test_a_refresh_on_it_says_so_and_the_next_is_as_if_nothing_had_been(home: Home, tmp_path: Path) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    drafts = made_drafts(cycle.framework, ("XAA",), lambda _: {"status": "not_available"}, lambda _: {"aware": "no"})
    send(cycle, drafts, "json")
    disk, pmm = tmp_path / "disk", Path(sys.executable).with_name("pmm")
    disk.mkdir()
    refresh = f"{pmm} refresh --cycle c --accept-loss --reason 'a test'"
    script = (
        f"exec 2>&1; D={disk}; export PMM_HOME=$D; mount -t tmpfs -o size=400m tmpfs $D && cp -a {home.path}/. $D/ || exit 9\n"
        f"fallocate -l 395m $D/filler || exit 9; {refresh} && exit 8\n"
        f"rm $D/filler; mount -o remount,ro $D || exit 9; echo 'and then'; {refresh} && exit 8\n"
        f"mount -o remount,rw $D; {refresh} || exit 7\n"
        "ls -A $D/warehouse/publications\n"
    )
    done = subprocess.run(["unshare", "-rm", "bash", "-c", script], cwd=CODE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = done.stdout.split("and then")
    assert "The disk is full" in first, first
    assert "Read-only file system" in second, second
    assert "published in" in second
    left = done.stdout.splitlines()[-2:]
    assert [name.split("_")[-1] for name in left if name != ".turn"] == ["c"], left
