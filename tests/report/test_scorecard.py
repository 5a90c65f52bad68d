"""Scorecards: a Member's own figures beside what it may see of others, and nothing else of them."""

from __future__ import annotations

import re
import shutil
import stat
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import Home
from orchestration.inputs.records import InputError
from orchestration.report.figures import Cycle, opened
from orchestration.report.language import Language
from orchestration.report.scorecard.card import Card, note_from_warehouse
from orchestration.report.scorecard.own import Own, members_of, own_of
from orchestration.report.scorecard.place import Place, place_of, rank_of
from orchestration.report.scorecard.write import html_of
from tests.lab import new_home, rows, send
from tests.publication.conftest import MEMBERS, tainted
from tests.report.browser import chromium, serious_faults, watched
from tests.report.read import Read, plain

ENGLISH = Language("en")
LETTERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 1))


def shown_to_wco(home: Home, cycle: str) -> Cycle:
    with opened(home.published("wco")) as source:
        return source.read(cycle)


def card_of(own: Own, shown: Cycle, language: Language = ENGLISH) -> Card:
    return Card(own, shown, "wco", language, note_from_warehouse(language))


@given(st.lists(LETTERS, min_size=4, max_size=30), st.sampled_from(["higher", "lower"]))
def test_a_place_is_the_quarter_that_quartiles_say_and_a_rank_what_pandas_says(values: list[float], direction: str) -> None:
    q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75])
    shown = {"q1": q1, "median": median, "q3": q3, "mean": float(np.mean(values))}
    ranks = pd.Series(values).rank(method="min", ascending=direction == "lower")
    better = np.greater_equal if direction == "higher" else np.less_equal
    for at, value in enumerate(values):
        place, others = place_of(value, shown, direction), sorted(values[:at] + values[at + 1 :])
        rank = rank_of(value, others, direction)
        assert rank is not None
        assert (rank.place, rank.n) == (ranks[at], len(values))
        assert rank_of(value, others, "none") is None
        best, weakest = (q3, q1) if direction == "higher" else (q1, q3)
        if value == q1 == q3:
            assert place is Place.AS_MOST
        else:
            expected = (
                Place.BEST
                if better(value, best)
                else Place.SECOND
                if better(value, median)
                else Place.THIRD
                if better(value, weakest)
                else Place.WEAKEST
            )
            assert place is expected
        # what is withheld makes it vaguer, never wrong
        half = place_of(value, shown | {"q1": None, "q3": None}, direction)
        assert half is (Place.BETTER_HALF if better(value, median) else Place.WEAKER_HALF)
        side = place_of(value, {"mean": shown["mean"]}, direction)
        assert side is (Place.BETTER_THAN_MEAN if better(value, shown["mean"]) else Place.WORSE_THAN_MEAN)
        only_best = place_of(value, {"q3" if direction == "higher" else "q1": best}, direction)
        assert (only_best is Place.BEST) == bool(better(value, best))
        assert place_of(value, {}, direction) is None


@pytest.mark.parametrize("cycle", ["one", "two"])
def test_what_a_member_sent_is_what_the_warehouse_made_of_it(two_cycles: Home, cycle: str) -> None:
    internal = two_cycles.published("internal")
    members = members_of(internal, cycle)
    assert len(members) == 24
    for member in members:
        own = own_of(internal, cycle, member)
        query = "select kpi, value from kpi.member_kpi_values where cycle = ? and member = ? and value is not null"
        assert own.values == pytest.approx(dict(rows(internal, query, cycle, member)))
        query = (
            "select n_applicable, n_reported, n_instruments_answered, is_sufficient from completeness.member_completeness "
            "where cycle = ? and member = ?"
        )
        assert rows(internal, query, cycle, member) == [(len(own.applicable), len(own.values), own.n_answered, own.is_sufficient)]
        query = "select instrument, usage from instrument.member_instrument_answers where cycle = ? and member = ?"
        assert own.usage == {code: usage for code, usage in rows(internal, query, cycle, member) if usage is not None}
    with pytest.raises(InputError, match="There is no scorecard"):
        own_of(internal, cycle, "XZZ")
    with pytest.raises(InputError, match="There is no scorecard"):
        own_of(internal, "never", members[0])


def test_nothing_of_another_member_is_taken_from_what_the_secretariat_alone_may_see(two_cycles: Home, tmp_path: Path) -> None:
    """Had every other Member sent something else, the page would be the same, as long as the others' file is."""
    shown, internal = shown_to_wco(two_cycles, "two"), tmp_path / "internal.duckdb"
    shutil.copyfile(two_cycles.published("internal"), internal)
    before = html_of(card_of(own_of(internal, "two", "XCE"), shown))
    with duckdb.connect(str(internal)) as connection:
        connection.execute("update kpi.member_kpi_values set value = -value where member != 'XCE'")
        connection.execute("update lineage.answers set value = value * 3, word = null where member != 'XCE'")
        connection.execute("update completeness.member_completeness set is_sufficient = false where member != 'XCE'")
        for table in ("aggregate.kpi_by_group", "kpi.kpi_performance", "instrument.instrument_use", "aggregate.kpi_trends"):
            connection.execute(f"delete from {table}")
    assert html_of(card_of(own_of(internal, "two", "XCE"), shown)) == before


def test_each_figure_of_a_page_is_its_own_or_one_that_the_member_may_see(two_cycles: Home) -> None:
    shown, wco = shown_to_wco(two_cycles, "two"), two_cycles.published("wco")
    for member in ("XCD", "XCM", "XCZ"):
        own = own_of(two_cycles.published("internal"), "two", member)
        card = card_of(own, shown)
        text = html_of(card)
        read = Read(text)
        assert all(refers.startswith(("#", "data:")) for refers in read.refers), "nothing is asked for from anywhere"
        table = read.tables["kpis"][1:]
        query = (
            "select round(mean, 1), round(median, 1) from aggregate.kpi_by_group "
            "where cycle = 'two' and grouping = 'global' and kpi = ?"
        )
        then = dict(
            rows(
                two_cycles.published("internal"),
                "select kpi, value from kpi.member_kpi_values where cycle = 'one' and member = ? and value is not null",
                member,
            )
        )
        seen = set()
        for code, _, value, change, mean, median, place, rank in table:
            seen.add(code)
            assert _number(value) == pytest.approx(own.values[code], abs=0.51)
            assert (change != "–") == (code in then)
            if code in then:
                assert _number(change) == pytest.approx(own.values[code] - then[code], abs=0.51)
            for (figure,) in zip(rows(wco, query, code), strict=True):
                assert _number(mean) == pytest.approx(figure[0] if figure[0] is not None else np.nan, abs=0.51, nan_ok=True)
                assert _number(median) == pytest.approx(figure[1] if figure[1] is not None else np.nan, abs=0.51, nan_ok=True)
            if rank:
                place_, n = map(int, rank.split(" of "))
                others = rows(
                    wco,
                    "select count(*) from kpi.member_kpi_values where cycle = 'two' and kpi = ? and member != ? and value is not null",
                    code,
                    member,
                )
                assert 1 <= place_ <= n == others[0][0] + 1
            assert place or mean == "–"
        assert seen == set(own.values)
        for code, _, earlier, now in read.tables.get("cycles", [])[1:]:
            assert _number(earlier) == pytest.approx(then[code], abs=0.51)
            assert _number(now) == pytest.approx(own.values[code], abs=0.51)
        assert {row[0] for row in read.tables.get("cycles", [])[1:]} == then.keys() & own.values.keys()
        # an instrument that could help is not in use here, and those who use it are others that may be seen
        for kpi in card.at(Place.WEAKEST):
            for row in shown.rows("correlation.instrument_findings"):
                if row["kpi"] == kpi:
                    users = {peer for peer, _ in card.peers(row["instrument"], kpi)}
                    assert member not in users
                    query_ = "select member from instrument.member_instrument_answers where cycle = 'two' and instrument = ? and usage = 'in_use'"
                    assert users == {peer for (peer,) in rows(wco, query_, row["instrument"])} - {member}


def _number(text: str) -> float:
    number = plain(text)
    return np.nan if number is None else number


def test_a_workbook_gives_a_scorecard_before_it_is_sent_and_without_a_warehouse(
    two_cycles: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the Member's own computer: cycles and frameworks, an audience's file, and its workbook."""
    home = new_home(tmp_path / "own")
    shutil.copytree(two_cycles.cycles / "two", home.cycles / "three", ignore=shutil.ignore_patterns("submissions", "received"))
    (home.cycles / "three" / "submissions").mkdir()
    toml = home.cycles / "three" / "cycle.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("2024", "2026"), encoding="utf-8")
    cycle = get_cycle(home, "three")
    (draft,) = tainted(5, cycle, ["XCD"])
    send(cycle, [draft], "xlsx")
    (file,) = cycle.submissions.iterdir()
    sent = tmp_path / "mine.xlsx"
    file.rename(sent)
    monkeypatch.setenv("PMM_HOME", str(home.path))
    for audience in ("public", "wco"):
        against = tmp_path / f"{audience}.duckdb"
        shutil.copyfile(two_cycles.published(audience), against)
        command = ["scorecard", str(sent), "--against", str(against), "--output", str(tmp_path / audience), "--no-pdf"]
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        (page,) = (tmp_path / audience).iterdir()
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
        text = page.read_text(encoding="utf-8")
        assert "Others&#39; figures are those of two, reporting year 2024." in text
        assert ("Peers who use it" in text) == (audience == "wco")
        kpis = Read(text).tables["kpis"][1:]
        expected = {code: kpi for code, kpi in draft.kpis.items() if kpi["status"] == "reported"}
        assert {row[0] for row in kpis} == set(expected)
        for code, _, value, *_ in kpis:
            figures = {name: value for name, value in expected[code].items() if isinstance(value, float)}
            right = cycle.framework.value(cycle.framework.kpis[code], figures)
            assert _number(value) == pytest.approx(right, abs=0.51)
    assert not home.warehouse.exists()
    (tmp_path / "text.duckdb").write_text("no database")
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    for wrong, said in (
        (["scorecard", str(sent), "--against", str(tmp_path / "text.duckdb")], "is no audience's file"),
        (["scorecard", str(sent), "--against", str(tmp_path / "empty.duckdb")], "is no audience's file"),
        (["scorecard", str(sent)], "go together"),
        (["scorecard", str(sent), "--against", str(tmp_path / "none.duckdb")], "There is no file"),
        (["scorecard", str(against), "--against", str(against)], "can't be checked"),
        (["scorecard", "--cycle", "two", "--member", "XCD"], "Nothing was published yet"),
        (["scorecard", "--member", "XCD"], "say which cycle"),
    ):
        done = CliRunner().invoke(app, wrong)
        assert done.exit_code == 2
        assert said in re.sub(r"[│╭╰─╮╯\s]+", " ", done.output), done.output


def test_the_command_writes_a_page_and_a_pdf_that_their_owner_alone_reads(
    two_cycles: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PMM_HOME", str(two_cycles.path))
    with chromium() as browser:
        command = ["scorecard", "-c", "two", "-m", "xcd", "-m", "XCE", "-o", str(tmp_path / "cards"), "-l", "fr"]
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        files = sorted(path.name for path in (tmp_path / "cards").iterdir())
        assert files == [f"two_{m}_scorecard_fr.{form}" for m in ("XCD", "XCE") for form in ("html", "pdf")]
        for path in (tmp_path / "cards").iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert path.stat().st_size < 1_000_000
        page = tmp_path / "cards" / files[0]
        for width, dark in ((1200, False), (360, True)):
            with watched(browser, width=width, dark=dark) as seen:
                shown = seen.open(page)
                assert shown.evaluate("document.documentElement.scrollWidth") <= width
                assert not serious_faults(shown)
                assert not seen.complaints
                assert seen.asked == [page.as_uri()]
    command = ["scorecard", "-c", "two", "--all", "-o", str(tmp_path / "all"), "--no-pdf"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert len(list((tmp_path / "all").iterdir())) == len(MEMBERS) - 2
