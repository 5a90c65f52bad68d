"""What the suites say at the size that will come, and of names that are meant to do harm."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from orchestration.completeness import parameters, read_suites, suite_tables
from orchestration.completeness.page import KEPT, SetAside, note_published, read_run, write_run
from orchestration.inputs.home import Home
from orchestration.warehouse.load import load
from orchestration.warm.workers import call
from tests.lab import new_cycle

N = 400_000
"""More rows than one thread of DuckDB takes at once."""


def test_nothing_is_taken_for_lost_in_another_order_of_the_rows(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "pmm.duckdb"
    cycle = new_cycle(home, "c", {"XAA": {}})
    load(cycle, file)
    suites = [suite for suite in read_suites("marts") if suite.name == "nothing_lost"]
    with duckdb.connect(str(file), config={"threads": 4}) as connection:
        figure = "(hash(n) % 1000000007)::double / (1 + hash(n, 'x') % 99991)"
        connection.execute(
            "insert into raw.kpi_answers by name select 'c' as cycle, 'K01' as kpi, value "
            f"from (select {figure} as value from range({N}) as t (n))"
        )
        connection.execute("create schema lineage; create schema completeness; create schema kpi")
        connection.execute("create table lineage.submissions as from raw.submissions")
        connection.execute("create table lineage.rejections as from raw.rejections")
        connection.execute(
            "create table completeness.member_completeness as select 'c' as cycle, 0 as n_reported, false as is_sufficient"
        )
        connection.execute("create table kpi.member_kpi_values as select 'c' as cycle, 'x' as status")
        connection.execute(
            "create table lineage.answers as select cycle, kpi, null::varchar as instrument, value from raw.kpi_answers"
        )
        sums = set()
        for seed in range(4):
            connection.execute(f"create or replace table lineage.answers as from lineage.answers order by hash(value, {seed})")
            connection.execute(f"set threads = {1 + seed}")
            table = suite_tables(connection, cycle, suites, {})["nothing_lost"].set_index("what").loc["answers on KPIs"]
            assert table.n_in_raw == table.n_in_marts == N
            assert table.sum_in_raw == table.sum_in_marts
            sums.add(table.sum_in_raw)
        assert len(sums) == 1
        # and a change of the last digit but two of one figure among them is seen
        connection.execute(
            "update lineage.answers set value = value + 1e-6 where value = (select max(value) from lineage.answers)"
        )
        table = suite_tables(connection, cycle, suites, {})["nothing_lost"].set_index("what").loc["answers on KPIs"]
        assert table.sum_in_raw != table.sum_in_marts


@pytest.mark.parametrize("name", ["<script>alert(1)</script>.xlsx", '"><img src=x onerror=alert(1)>', "a & b.json"])
def test_names_are_text_on_every_page(home: Home, tmp_path: Path, name: str) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    suites = [suite for suite in read_suites("raw") if suite.name == "files_accounted_for"]
    table = pd.DataFrame(
        {
            "file": [name, "good.json"],
            "n_cells": [1, 3],
            "n_accounted_for": [2, 3],
            "is_read": [0, 1],
            "is_failed": [1, 0],
            "set_aside_rate_of_cycle": [0.9, 0.9],
        }
    )
    docs = tmp_path / "docs" / "c"
    results = call("orchestration.completeness.run", "run_suites", suites, {"files_accounted_for": table}, parameters(cycle))
    unmet = {outcome.description: outcome.detail for outcome in results[0].outcomes if not outcome.is_met}
    assert unmet["Every file could be read"] == f"not so for 1 of 2: {name}"
    aside = SetAside(
        1, 1, [(name, 1, 1)], [{"file": name, "member": name, "where": name, "value": name, "message": name, "n_cells": 1}]
    )
    write_run(docs, cycle, "raw", results, dt.datetime(2026, 1, 2), aside)
    pages = list((tmp_path / "docs").rglob("*.html"))
    assert len(pages) == 3
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    assert name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;") in (
        docs / "index.html"
    ).read_text(encoding="utf-8")


def results_of(cycle: Any, n_cells: int) -> Any:
    """Results of a suite of which all is met where there are three cells, and a critical expectation is not where there are others."""
    suites = [suite for suite in read_suites("raw") if suite.name == "files_accounted_for"]
    table = pd.DataFrame(
        {
            "file": ["good.json"],
            "n_cells": [n_cells],
            "n_accounted_for": [3],
            "is_read": [1],
            "is_failed": [0],
            "set_aside_rate_of_cycle": [0.0],
        }
    )
    return call("orchestration.completeness.run", "run_suites", suites, {"files_accounted_for": table}, parameters(cycle))


def test_a_page_says_first_whether_its_figures_are_published_and_earlier_ones_are_kept(home: Home, tmp_path: Path) -> None:
    cycle, docs = new_cycle(home, "c", {"XAA": {}}), tmp_path / "docs" / "c"
    good, bad = results_of(cycle, 3), results_of(cycle, 2)
    nothing = SetAside(0, 0, [], [])

    def begin(day: int, results: Any) -> str:
        write_run(docs, cycle, "raw", results, dt.datetime(2026, 1, day), nothing)
        return (docs / "index.html").read_text(encoding="utf-8")

    assert "not published yet" in begin(1, good)
    note_published(docs, "first", None)
    text = (docs / "index.html").read_text(encoding="utf-8")
    assert "These figures are published, as first." in text
    assert "not published" not in text
    # a check that is run by itself looks at what was loaded then, and changes nothing of that
    assert "published, as first" in begin(1, good)
    assert not (docs / "runs").exists()
    # the next refresh is another page, and says what is in the way
    text = begin(2, bad)
    assert "1 critical expectation is not met" in text
    assert text.index("What is not as expected") < text.index("What was loaded")
    assert 'href="runs/20260101T000000/index.html"' in text
    earlier = (docs / "runs" / "20260101T000000" / "index.html").read_text(encoding="utf-8")
    assert "published, as first" in earlier
    assert "An earlier refresh" in earlier
    # figures that were brought back are not those of the page
    begin(3, good)
    note_published(docs, "second", "first")
    text = (docs / "index.html").read_text(encoding="utf-8")
    assert "not published" in text
    assert "brought back from first" in text
    for day in range(4, 20):
        begin(day, good)
    kept = sorted(path.name for path in (docs / "runs").iterdir())
    assert len(kept) == KEPT
    assert kept[-1] == "20260118T000000"
    index = (docs.parent / "index.html").read_text(encoding="utf-8")
    assert index.count("<tr><td>c</td>") == KEPT + 1
    assert index.index("2026-01-19") < index.index("2026-01-18")
    run = read_run(docs)
    assert run is not None
    assert (
        json.loads((docs / "run.json").read_text(encoding="utf-8"))["phases"]["raw"]["suites"][0]["name"] == "files_accounted_for"
    )
    # what another version has written there is begun anew
    (docs / "run.json").write_text("{}", encoding="utf-8")
    assert "not published yet" in begin(20, good)
