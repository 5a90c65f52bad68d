"""Earlier publications count too: what the new figures of a cycle would tell beside them is held."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer

from orchestration.cli.publications import show as list_publications
from orchestration.cli.refresh import release
from orchestration.cli.scorecard import of_members
from orchestration.cli.status import run as status
from orchestration.disclosure.audiences import AUDIENCES, PROTECTED
from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import Home
from orchestration.intake.forms.draft import Draft
from orchestration.publication import kept, make
from orchestration.publication.audit.certificate import read_certificate
from orchestration.publication.holding import sentence
from orchestration.publication.kept import Publication
from orchestration.publication.reasons import Reason
from orchestration.warehouse.marts import read_marts
from tests.lab import SENT, build, cut_for, figures, join, publish, rows, send
from tests.publication import intruders
from tests.publication.conftest import MEMBERS, tainted
from tests.publication.intruders import OnKpi

KPI = "K05"
N_REPORTED = f"select n_reported from aggregate.kpi_by_group where cycle = 'one' and kpi = '{KPI}' and grouping = 'global'"


@dataclass
class Came:
    """Two publications, between which one Member came with an answer that is for the Secretariat alone."""

    member: str
    before: Publication
    after: Publication


def send_again(home: Home, member: str, revision: int, **value: Any) -> None:
    """Have a Member send what it has sent, with another answer on the KPI."""
    cycle = get_cycle(home, "one")
    sent = next(draft for draft in tainted(2022, cycle, list(MEMBERS)[:24]) if draft.member == member)
    kpis = {**sent.kpis, KPI: value}
    draft = Draft(member, member, revision, SENT + dt.timedelta(days=revision), kpis, sent.instruments)
    send(cycle, [draft], "json")
    build(home, "one")


@pytest.fixture(scope="module")
def came(home: Home) -> Came:
    before = kept.current(home)
    assert before is not None
    # the other cycle came, and with it panels; nothing of this one is told otherwise
    assert before.record.held == {}
    reported = rows(before.file("internal"), f"select member from kpi.member_kpi_values where cycle = 'one' and kpi = '{KPI}'")
    is_there = rows(
        before.file("internal"),
        f"select member from kpi.member_kpi_values where cycle = 'one' and kpi = '{KPI}' and status = 'reported'",
    )
    member = sorted({m for (m,) in reported} - {m for (m,) in is_there})[0]
    framework = get_cycle(home, "one").framework
    kpi = framework.kpis[KPI]
    value = figures(kpi, 47.0 + (100 if kpi.formula == "variation" else 0), framework.scale(kpi))
    send_again(home, member, 2, **value, disclosure="member")
    return Came(member, before, publish(home, "one"))


def told(publication: Publication, audience: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the cycle in an audience's file."""
    with duckdb.connect(str(publication.file(audience)), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name, list_contains(list(column_name), 'previous_cycle') "
            "from duckdb_columns() where not internal group by all having list_contains(list(column_name), 'cycle')"
        ).fetchall()
        is_of_it = {False: "cycle = 'one'", True: "'one' in (cycle, previous_cycle)"}
        return {t: connection.execute(f"from {t} where {is_of_it[is_of_two]} order by all").fetchall() for t, is_of_two in tables}


def both(came: Came, audience: str, file: Path) -> OnKpi:
    """What somebody knows of the KPI's values who has a file beside the one before; others' answers are as they were."""
    levels = AUDIENCES[audience].levels  # type: ignore[index]
    ons = [
        next(
            on
            for on in intruders.Publication(publication.file("internal"), [path], levels).on_kpis
            if (on.cycle, on.kpi) == ("one", KPI)
        )
        for publication, path in ((came.before, came.before.file(audience)), (came.after, file))
    ]
    had, now = ons
    return replace(now, sums=had.sums + now.sums, quartiles=had.quartiles + now.quartiles, known=had.known | now.known)


@pytest.mark.parametrize("audience", [one.name for one in PROTECTED])
def test_a_cycle_is_held_where_an_answer_would_follow_from_two_publications(came: Came, audience: str, tmp_path: Path) -> None:
    held = came.after.record.held[audience]["one"]
    assert (held.publication, held.why) == (came.before.name, (KPI,))
    # the answer would follow from what it would have been shown, and what it has
    would = tmp_path / f"{audience}.duckdb"
    cut_for(came.after.file("internal"), would, audience)  # type: ignore[arg-type]
    known = both(came, audience, would)
    assert known.is_nearly(came.member, *known.interval(came.member, with_quartiles=False))
    # so it has what it had, to the last row, and the other cycle goes on
    assert told(came.after, audience) == told(came.before, audience)
    of_other = "select count(*) from aggregate.kpi_by_group where cycle = 'two' and mean is not null"
    assert rows(came.after.file(audience), of_other) == rows(came.before.file(audience), of_other) != [(0,)]
    # internal is never held
    assert rows(came.after.file("internal"), N_REPORTED) != rows(came.before.file("internal"), N_REPORTED)


def test_the_audit_sees_that_a_held_cycle_tells_nothing_new(came: Came, tmp_path: Path) -> None:
    copy = Publication("2999-01-01T000000.000Z_one", tmp_path / "2999-01-01T000000.000Z_one")
    for publication in (came.before, came.after):
        shutil.copytree(publication.folder, tmp_path / publication.name)
    (tmp_path / came.after.name).rename(copy.folder)
    assert not any(make.audit(copy, read_marts()).values())
    certificate = read_certificate(copy)
    assert certificate is not None
    assert certificate["audiences"]["public"]["held"] == {"one": f"the figures of {came.before.name}"}
    with duckdb.connect(str(copy.file("public"))) as connection:
        connection.execute(f"attach '{came.after.file('internal')}' as i (read_only)")
        connection.execute(
            "update aggregate.kpi_by_group as s set n_reported = i.n_reported from i.aggregate.kpi_by_group as i "
            "where (s.cycle, s.kpi, s.grouping, s.group_name) = (i.cycle, i.kpi, i.grouping, i.group_name) and s.cycle = 'one'"
        )
    (leak,) = [leak for leak in make.audit(copy, read_marts())["public"] if "is held" in leak.what]
    assert leak.table == "aggregate.kpi_by_group"


def test_the_audit_fails_where_what_was_told_before_is_not_looked_at(came: Came, home: Home, tmp_path: Path) -> None:
    copy = Home(Path(shutil.copytree(home.path, tmp_path / "home", symlinks=True)))
    join(copy, "one")
    shutil.copytree(make.joined_folder(copy), tmp_path / "joined")
    assert not any(make.audit(make.cut(copy, read_marts()), read_marts()).values())
    shutil.copytree(tmp_path / "joined", make.joined_folder(copy))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("orchestration.publication.holding.releases_of", lambda *_: {})
        found = make.cut(copy, read_marts())
    assert found.record.held == {}
    leaks = make.audit(found, read_marts())
    for one in PROTECTED:
        places = [leak for leak in leaks[one.name] if leak.place == f"one, {KPI}, {came.member}"]
        assert places, leaks[one.name]
        assert all(f", in {came.before.name}" in leak.what for leak in places)


def test_what_is_held_is_told_and_goes_on_when_it_is_released(
    came: Came, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = came.after.record.held
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PMM_HOME", str(home.path))
        status(as_json=True)
        row = next(row for row in json.loads(capsys.readouterr().out) if row["cycle"] == "one")
        assert row["held"]["wco"]["publication"] == came.before.name
        status(as_json=False)
        list_publications()
        said = " ".join(capsys.readouterr().out.split())
        assert "one is held for public (" in said
        assert "pmm release one --audience public --reason WHY" in said
        assert "one held for wco" in said
        # a Member's card says of when the others' figures are
        member = rows(came.after.file("internal"), "select min(member) from completeness.member_completeness where is_submitted")[
            0
        ][0]
        of_members("one", [member], None, tmp_path, "en", all_members=False, with_pdf=False)
        (page,) = tmp_path.glob("*.html")
        assert f"They are those of {came.before.name}, since the cycle is held." in page.read_text(encoding="utf-8")
        with pytest.raises(typer.Exit):
            release("two", ["public"], "there is nothing to release")
    # as long as nothing changes it is held, however many publications come, and refreshing the other cycle shows nothing of it
    # the panels that came with the other cycle changed what is shown of this one: that is kept, too, and what `after` told is not
    alone, *_ = kept.publications(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "KEPT", 1)
        again = publish(home, "two")
    assert [one.name for one in kept.publications(home)] == [alone.name, came.before.name, again.name]
    of_both = "select distinct suppression, panel_mean from aggregate.kpi_trends where previous_cycle = 'one'"
    assert rows(again.file("public"), of_both) == [("held", None)]
    assert again.record.held == held
    assert "since" in sentence("one", "wco", again.record.held["wco"]["one"])
    assert told(again, "public")["aggregate.kpi_by_group"] == told(came.before, "public")["aggregate.kpi_by_group"]
    released = publish(home, "one", reason=Reason("the Member agrees", releases=("wco",)))
    assert released.record.released == ("wco",)
    assert set(released.record.held) == {"public"}
    assert rows(released.file("wco"), N_REPORTED) == rows(released.file("internal"), N_REPORTED)
    assert rows(released.file("public"), N_REPORTED) == rows(came.before.file("public"), N_REPORTED)
    # from then on, what was before no longer counts
    assert set(publish(home, "one").record.held) == {"public"}
    both_released = publish(home, "one", reason=Reason("the Member agrees", releases=("wco", "public")))
    assert both_released.record.held == {}
    assert publish(home, "two").record.held == {}


def test_a_level_that_is_narrowed_stops_no_publication(home: Home) -> None:
    cycle, now = get_cycle(home, "one"), kept.current(home)
    assert now is not None
    # somebody whose value is shown to all, and in all publications
    query = f"select member from kpi.member_kpi_values where cycle = 'one' and kpi = '{KPI}' and value is not null order by 1"
    ((member,), *_) = rows(now.file("public"), query)
    sent = next(draft for draft in tainted(2022, cycle, list(MEMBERS)[:24]) if draft.member == member)
    send_again(home, member, 7, **sent.kpis[KPI] | {"disclosure": "member"})
    assert publish(home, "one").name != now.name
    copies = [rows(home.published(a), query) for a in ("wco", "public")]
    is_held = kept.current(home).record.held  # type: ignore[union-attr]
    assert is_held or not any((member,) in shown for shown in copies)
