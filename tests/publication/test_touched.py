"""A refresh decides and audits anew what it touches; what is shown of other cycles stays, and that it did is looked at."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.disclosure.audiences import PROTECTED
from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import Home
from orchestration.intake.forms.draft import Draft
from orchestration.publication import kept, make
from orchestration.publication.audit import earlier as audit_earlier
from orchestration.publication.audit.certificate import read_certificate
from orchestration.publication.holding import releases_of
from orchestration.publication.kept import Publication
from orchestration.publication.protection import earlier as protection_earlier
from orchestration.publication.protection import proof
from orchestration.publication.protection.protect import protect
from orchestration.publication.protection.tables import TABLES
from orchestration.warehouse.marts import read_marts
from tests.lab import SENT, answer, build, join, made_once, new_cycle, publish, rows, send, store_copies
from tests.publication.conftest import MEMBERS, tainted

SECRET = {"BERTH": ("XCB", "XCK"), "LOAD": ("XCD",)}
"""By KPI the Members whose values are for the Secretariat alone."""
TOUCHED = {"one", "stored-01", "stored-02", "stored-03"}
"""The refreshed cycle, and those that it is compared with."""
UNTOUCHED = {"stored-04", "stored-05", "stored-06", "stored-07"}
"""The last of them is compared with none that is touched, and nothing of it is even read."""


def _drafts(home: Home) -> list[Draft]:
    found = []
    for draft in tainted(2022, get_cycle(home, "one"), list(MEMBERS)):
        secret = {
            kpi: answer(numerator=30 + ord(draft.member[2]) / 7, denominator=100 if kpi == "BERTH" else 1, disclosure="member")
            for kpi, members in SECRET.items()
            if draft.member in members
        }
        found.append(replace(draft, kpis=draft.kpis | secret))
    return found


def _publish_eight(home: Home) -> None:
    cycle = new_cycle(home, "one", {m: {"coast": ("North", "South")[i % 2]} for i, m in enumerate(sorted(MEMBERS))}, "harbour-v1")
    send(cycle, _drafts(home), "json")
    build(home, "one")
    publish(home, "one")
    store_copies(home, "one", 1 + len(TOUCHED - {"one"}) + len(UNTOUCHED))
    publish(home, "one")


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory, warm_dbt: None) -> tuple[Home, Publication]:  # noqa: ARG001
    """Eight cycles, of which one got a correction that is ready to be published, and the publication before it."""
    made = made_once(tmp_path_factory, "eight_cycles", _publish_eight)
    home = Home(Path(shutil.copytree(made.path, tmp_path_factory.mktemp("touched") / "home", symlinks=True)))
    sent = _drafts(home)[3]
    kpis = {**sent.kpis, "LOAD": answer(numerator=77.125, denominator=1)}
    send(get_cycle(home, "one"), [replace(sent, revision=2, submitted_at=SENT + dt.timedelta(days=3), kpis=kpis)], "json")
    build(home, "one")
    join(home, "one")
    last = kept.current(home)
    assert last is not None
    assert make.cut(home, read_marts()).record.held == {}
    return home, last


def decided(publication: Publication) -> dict[str, set[Any]]:
    """What a publication's proof says is shown, by table; and its worlds, by what they change."""
    file = publication.folder / proof.FILE
    found = {name: set(rows(file, f"from decided_{name}")) for name in TABLES}
    worlds = "select * exclude (number, key) from changes inner join subjects using (number)"
    return found | {"worlds": set(rows(file, worlds))}


def test_what_is_decided_for_a_refresh_is_what_would_be_decided_of_all(
    corrected: tuple[Home, Publication], tmp_path: Path
) -> None:
    home, last = corrected
    new = kept.candidate(home)
    found, before = decided(new), decided(last)
    # what the refresh touched is another, and nothing else is
    for name, own in found.items():
        changed = {next(str(value) for value in row if str(value) in TOUCHED | UNTOUCHED) for row in own ^ before[name]}
        assert changed <= TOUCHED, name
    assert found["worlds"] != before["worlds"]
    # from the same worlds, all cycles are decided alike
    known = proof.read_proof(last.folder / proof.FILE)
    anew = protect(new.file("internal"), dict.fromkeys((a.name for a in PROTECTED), known), releases_of(home, new.record))
    again = Publication("again", tmp_path)
    proof.write_proof(tmp_path / proof.FILE, anew, new.record.cycles)
    assert decided(again) == found
    assert proof.decided_cycles(tmp_path / proof.FILE) == proof.decided_cycles(new.folder / proof.FILE) == TOUCHED | UNTOUCHED
    # a later refresh goes on from a proof that was taken over in part
    assert {cycle for (cycle,) in rows(new.folder / proof.FILE, "select distinct cycle from subjects")} == TOUCHED | UNTOUCHED


def test_an_audit_of_what_a_refresh_touched_says_what_that_of_everything_says(corrected: tuple[Home, Publication]) -> None:
    home, last = corrected
    new, certificates = kept.candidate(home), []
    for before in (last, None):
        assert not any(make.audit(new, read_marts(), before).values())
        certificates.append(read_certificate(new) or {})
    narrow, whole = (one["audiences"] for one in certificates)
    for audience, found in narrow.items():
        assert found["values"]["pairs_tried"] > 100
        # answers on instruments are compared with those of no other cycle
        for kind, taken_over in (("values", UNTOUCHED), ("answers", UNTOUCHED | TOUCHED - {"one"})):
            numbers = {"cycles": found[kind]["cycles"].keys()}
            assert found[kind] | numbers == whole[audience][kind] | numbers
            before = (read_certificate(last) or {})["audiences"][audience][kind]["cycles"]
            same = {c for c, own in found[kind]["cycles"].items() if own["audited_at"] == before[c]["audited_at"]}
            assert same == taken_over


def test_what_publications_tell_the_same_of_is_looked_at_once(
    corrected: tuple[Home, Publication], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, last = corrected
    home = Home(Path(shutil.copytree(made.path, tmp_path / "home", symlinks=True)))
    new = kept.candidate(home)
    known = dict.fromkeys((a.name for a in PROTECTED), proof.read_proof(last.folder / proof.FILE))
    calls: list[str] = []
    for module, name in ((protection_earlier, "_read"), (audit_earlier, "_try_on")):
        own = getattr(module, name)

        def counted(*args: Any, own: Any = own, name: str = name) -> Any:
            calls.append(name)
            return own(*args)

        monkeypatch.setattr(module, name, counted)

    def looked() -> tuple[Counter[str], dict[str, Any]]:
        calls.clear()
        anew = protect(new.file("internal"), known, releases_of(home, new.record))
        assert not any(make.audit(new, read_marts(), last).values())
        return Counter(calls), {f"{audience} {name}": own.table(name) for audience, own in anew.items() for name in TABLES}

    def one_more(suffix: str, **said: dict[str, Any]) -> None:
        """The last publication once more, as if it had said something else of itself."""
        folder = shutil.copytree(last.folder, home.publications / f"{last.name}{suffix}")
        for name, change in said.items():
            path = folder / f"{name}.json"
            path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")

    n_before, shown_before = looked()
    assert n_before["_read"] > 0
    assert n_before["_try_on"] > 0
    one_more("-same")
    one_more("-same-of-what-is-near", record={"digests": last.record.digests | {"stored-07": "another"}})
    assert looked() == (n_before, shown_before)
    seen = json.loads((last.folder / "certificate.json").read_text(encoding="utf-8"))["seen"]
    figures = seen["figures"] | {"wco.duckdb": seen["figures"]["wco.duckdb"] | {"one": "another"}}
    one_more(
        "-other", record={"digests": last.record.digests | {"one": "another"}}, certificate={"seen": seen | {"figures": figures}}
    )
    one_more("-unsaid", record={"panels": None}, certificate={"seen": None})
    n_after, shown_after = looked()
    assert shown_after == shown_before
    assert n_after["_try_on"] == n_before["_try_on"] + 2
    assert n_after["_read"] >= 2 * n_before["_read"]


def test_a_refresh_that_changes_nothing_is_not_audited_anew(corrected: tuple[Home, Publication], tmp_path: Path) -> None:
    made, _ = corrected
    home = Home(Path(shutil.copytree(made.path, tmp_path / "home", symlinks=True)))
    make.audit(kept.candidate(home), read_marts(), kept.current(home))
    last = kept.publish(home, "one")
    build(home, "one")
    join(home, "one")
    new = make.cut(home, read_marts())
    refreshed = "select refreshed_at from reference.publication where cycle = 'one'"
    assert rows(new.file("public"), refreshed) != rows(last.file("public"), refreshed)
    assert not any(make.audit(new, read_marts(), last).values())
    before, after = (read_certificate(one) or {} for one in (last, new))
    for audience in PROTECTED:
        for kind in ("values", "answers"):
            now, then = (one["audiences"][audience.name][kind] for one in (after, before))
            assert now["cycles"] == then["cycles"]
    # what it says of the refresh is looked at all the same
    with duckdb.connect(str(new.file("public"))) as connection:
        connection.execute("alter table reference.publication add column by_whom varchar")
    assert any("by_whom" in str(leak) for leak in make.audit(new, read_marts(), last)["public"])


@pytest.mark.parametrize(
    ("file", "statement"),
    [
        ("public", "update aggregate.kpi_by_group set mean = mean + 0.01 where cycle = 'stored-07' and mean is not null"),
        ("wco", "update aggregate.kpi_trends set panel_mean = 1 where cycle = 'stored-04' and previous_cycle = 'stored-07'"),
        (
            "wco",
            "insert into kpi.member_kpi_values select * replace ('BERTH' as kpi) from kpi.member_kpi_values "
            "where cycle = 'stored-07' and kpi = 'DRIFT' and member = 'XCB'",
        ),
        ("internal", "update kpi.member_kpi_values set disclosure = 'member' where cycle = 'stored-07' and kpi = 'BERTH'"),
        (proof.FILE, "delete from changes where number = (select min(number) from subjects where cycle = 'stored-07')"),
    ],
)
def test_whatever_becomes_of_an_untouched_cycle_is_found(
    corrected: tuple[Home, Publication], tmp_path: Path, file: str, statement: str
) -> None:
    home, last = corrected
    new = Publication("new", Path(shutil.copytree(kept.candidate(home).folder, tmp_path / "new")))
    path = new.folder / proof.FILE if file == proof.FILE else new.folder / f"{file}.duckdb"
    with duckdb.connect(str(path)) as connection:
        assert connection.execute(statement).fetchall()[0][0] > 0
    found = make.audit(new, read_marts(), last)
    assert any(found.values())


def test_nothing_is_taken_over_from_an_audit_that_cannot_be_relied_on(
    corrected: tuple[Home, Publication], tmp_path: Path
) -> None:
    home, last = corrected
    new = Publication("new", Path(shutil.copytree(kept.candidate(home).folder, tmp_path / "new")))

    def taken_over(before: Publication) -> set[str]:
        make.audit(new, read_marts(), before)
        certificate = read_certificate(new) or {}
        cycles = certificate["audiences"]["public"]["values"]["cycles"]
        return {cycle for cycle, own in cycles.items() if own["audited_at"] != certificate["audited_at"]}

    assert taken_over(last) == UNTOUCHED
    said: tuple[tuple[str, Any], ...] = (("passed", False), ("audited_with", "other code"), ("sha256", {}))
    for key, value in said:
        before = Publication("before", Path(shutil.copytree(last.folder, tmp_path / key)))
        path = before.folder / "certificate.json"
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {key: value}), encoding="utf-8")
        assert taken_over(before) == set()
    # the same rows in bytes that nobody audited
    with duckdb.connect(str(before.file("public"))) as connection:
        connection.execute("create table x as select 1")
    shutil.copy(last.folder / "certificate.json", before.folder)
    assert taken_over(before) == set()


def test_worlds_that_were_found_beside_earlier_answers_serve_a_narrower_audience_later(
    corrected: tuple[Home, Publication], tmp_path: Path
) -> None:
    """The wider one has its worlds from the last publication, the narrower one looks for some anew: with those, beside all files."""
    made, _ = corrected
    home = Home(Path(shutil.copytree(made.path, tmp_path / "home", symlinks=True)))

    def published() -> Publication:
        assert not any(make.audit(kept.candidate(home), read_marts(), kept.current(home)).values())
        return kept.publish(home, "one")

    def refreshed() -> Publication:
        build(home, "one")
        join(home, "one")
        assert make.cut(home, read_marts()).record.held == {}
        return published()

    def beside(publication: Publication) -> dict[str, set[Any]]:
        """By audience what worlds change of the secret answer that was corrected."""
        query = (
            "select audience, member, truth, answer from earlier_changes inner join subjects using (number) "
            "where subject = 'BERTH' order by all"
        )
        found: dict[str, set[Any]] = {}
        for audience, *change in rows(publication.folder / proof.FILE, query):
            found.setdefault(audience, set()).add(tuple(change))
        return found

    published()
    sent = next(one for one in _drafts(home) if one.member == SECRET["BERTH"][0])
    kpis = {**sent.kpis, "BERTH": answer(numerator=44, denominator=100, disclosure="member")}
    send(get_cycle(home, "one"), [replace(sent, revision=2, submitted_at=SENT + dt.timedelta(days=4), kpis=kpis)], "json")
    corrected_twice = refreshed()
    assert beside(corrected_twice).keys() == {"wco", "public"}
    with duckdb.connect(str(corrected_twice.folder / proof.FILE)) as connection:
        connection.execute("update subjects set key = 'found for something else' where audience = 'public'")
    last = refreshed()
    assert beside(last)["wco"] == beside(corrected_twice)["wco"]
    assert beside(last)["wco"] <= beside(last)["public"]
