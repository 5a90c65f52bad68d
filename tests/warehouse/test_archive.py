"""What was received stays, whatever somebody does to the folder of submissions."""

from __future__ import annotations

import hashlib

from orchestration.inputs.cycles import Cycle
from orchestration.inputs.home import Home
from orchestration.warehouse.archive import archive_of, history, keep
from orchestration.warehouse.load import load
from tests.lab import made_drafts, new_cycle, send


def seen(cycle: Cycle) -> list[tuple[str, str]]:
    return [(one.event, one.file) for one in history(cycle)]


def test_a_file_that_is_overwritten_or_removed_is_still_there(home: Home) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}, "XAB": {}})
    send(cycle, made_drafts(cycle.framework, ("XAA", "XAB"), lambda _: None, lambda _: None), "json")
    file = home.builds / "c" / "pmm.duckdb"
    load(cycle, file)
    assert seen(cycle) == [("came", "XAA_1.json"), ("came", "XAB_1.json")]
    first = (cycle.submissions / "XAA_1.json").read_bytes()
    load(cycle, file)  # nothing happened, and nothing is noted
    assert len(history(cycle)) == 2
    (cycle.submissions / "XAA_1.json").write_bytes(b"{}")
    (cycle.submissions / "XAB_1.json").unlink()
    load(cycle, file)
    assert seen(cycle)[2:] == [("changed", "XAA_1.json"), ("gone", "XAB_1.json")]
    assert (archive_of(cycle) / hashlib.sha256(first).hexdigest()).read_bytes() == first
    # and back it comes, under the same hash
    (cycle.submissions / "XAA_1.json").write_bytes(first)
    load(cycle, file)
    assert seen(cycle)[4:] == [("changed", "XAA_1.json")]
    assert {one.sha256 for one in history(cycle)} == {p.name for p in archive_of(cycle).iterdir() if p.suffix != ".csv"}
    assert all(hashlib.sha256(p.read_bytes()).hexdigest() == p.name for p in archive_of(cycle).iterdir() if not p.suffix)


def test_what_changed_since_it_was_read_waits_for_the_next_refresh(home: Home) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    path = cycle.submissions / "XAA_1.json"
    path.write_bytes(b"new")
    assert keep(cycle, {path.name: (path, hashlib.sha256(b"old").hexdigest())}) == []
    assert not list(archive_of(cycle).iterdir())
    assert [one.event for one in keep(cycle, {path.name: (path, hashlib.sha256(b"new").hexdigest())})] == ["came"]
    # a file that was never read, as it was too large, is told of all the same
    large = cycle.submissions / "large.csv"
    large.touch()
    noted = keep(cycle, {path.name: (path, hashlib.sha256(b"new").hexdigest()), large.name: (large, "")})
    assert [(one.event, one.file, one.sha256) for one in noted] == [("came", "large.csv", "")]


def test_a_history_that_was_cut_short_goes_on(home: Home) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    path = cycle.submissions / "XAA_1.json"
    path.write_bytes(b"new")
    keep(cycle, {path.name: (path, hashlib.sha256(b"new").hexdigest())})
    table = archive_of(cycle) / "history.csv"
    table.write_bytes(table.read_bytes()[:-5])
    (archive_of(cycle) / ".xyz.part").touch()
    keep(cycle, {path.name: (path, hashlib.sha256(b"new").hexdigest())})
    assert seen(cycle)[-1] == ("came", "XAA_1.json")
    assert not list(archive_of(cycle).glob(".*"))
