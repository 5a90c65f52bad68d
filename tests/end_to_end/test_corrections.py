"""A figure that a Member corrects, what `pmm diff` tells of it, and how it is undone."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.inputs.cycles import get_cycle
from orchestration.intake.forms.draft import Draft
from orchestration.publication import kept
from orchestration.publication.compare import compare
from orchestration.publication.kept import Restored
from orchestration.warehouse.marts import read_marts
from tests.end_to_end.conftest import MEMBERS, Refreshed
from tests.lab import SENT, answer, build, publish, send
from tests.publication.conftest import tainted


def test_a_correction_is_told_by_diff_and_undone_by_restore(own: Refreshed) -> None:
    home, member = own.home, "XAF"
    before, cycle = publish(home, "one"), get_cycle(home, "one")
    draft = next(d for d in tainted(cycle.file.reporting_year, cycle, list(MEMBERS)) if d.member == member)
    changed = {**draft.kpis, "BERTH": answer(numerator=77.125, denominator=100)}
    other = "no_plans" if draft.instruments["TUG"]["usage"] == "in_use" else "in_use"
    instruments = {**draft.instruments, "TUG": {"aware": "yes", "usage": other}}
    send(cycle, [Draft(member, member, 2, SENT + dt.timedelta(days=3), changed, instruments)], "json")
    build(home, "one")
    after = publish(home, "one")
    found = compare(before.file("internal"), after.file("internal"), read_marts())
    causes = {(c.what, c.member, c.before, c.after) for c in found.causes}
    assert ("submission", member, None, "accepted") in causes
    assert ("submission", member, "accepted", "superseded") in causes
    values = [c for c in found.changes if c.table == "kpi.member_kpi_values" and c.column == "value"]
    assert [(c.key["member"], c.key["kpi"], c.after) for c in values] == [(member, "BERTH", 77.125)]
    means = {c.key["group_name"] for c in found.changes if c.table == "aggregate.kpi_by_group" and c.column == "mean"}
    assert means == {"All Members", *MEMBERS[member].values()}
    # what compares the two cycles moved with it, and nothing else of the other did
    assert {c.table for c in found.changes if c.key["cycle"] == "two"} == {"aggregate.kpi_trends"}

    restored = publish(home, "one", Restored(before.name, "2024-08-01T00:00:00", "a figure was wrong"))
    assert restored.record.restored == {"one": Restored(before.name, "2024-08-01T00:00:00", "a figure was wrong")}
    undone = compare(before.file("internal"), restored.file("internal"), read_marts())
    assert undone.changes == ()
    assert undone.causes == ()
    # the other cycle's next refresh leaves what was brought back
    again = publish(home, "two")
    assert compare(restored.file("internal"), again.file("internal"), read_marts()).changes == ()
    assert again.record.restored == restored.record.restored
    # and its own puts an end to it
    assert publish(home, "one").record.restored == {}


def test_the_commands_list_compare_and_restore(own: Refreshed, monkeypatch: pytest.MonkeyPatch) -> None:
    home, runner = own.home, CliRunner()
    monkeypatch.setenv("PMM_HOME", str(home.path))
    names = [publication.name for publication in kept.publications(home)]
    listed = runner.invoke(app, ["publications"])
    assert listed.exit_code == 0
    assert all(name in listed.stdout for name in names)
    document = json.loads(runner.invoke(app, ["diff", names[0], names[-1], "--audience", "public", "--json"]).stdout)
    assert (document["before"], document["after"], document["audience"]) == (names[0], names[-1], "public")
    assert not any(change["table"].startswith("lineage") for change in document["changes"])
    assert "No figure changed." in runner.invoke(app, ["diff", names[-1], names[-1]]).stdout
    done = runner.invoke(app, ["restore", names[-2], "--cycle", "one", "--reason", "a figure was wrong"])
    assert done.exit_code == 0, done.output
    assert names[-2] in done.stdout
    now = kept.current(home)
    assert now is not None
    assert now.name not in names
    assert now.record.restored["one"].publication == names[-2]
    for command in (["publications"], ["status"]):
        shown = runner.invoke(app, command).stdout
        assert f"one shows the figures of {names[-2]} since " in shown
        assert "a figure was wrong" in shown
    assert runner.invoke(app, ["restore", "yesterday", "--cycle", "one"]).exit_code == 2
    assert runner.invoke(app, ["restore", names[-1], "--cycle", "three"]).exit_code == 2
    assert kept.current(home) == now
