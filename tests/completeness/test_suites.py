"""What the suites say at the size that will come, and of names that are meant to do harm."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from orchestration.completeness import parameters, read_suites, suite_tables
from orchestration.completeness.page import write_overview
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
    docs = tmp_path / "docs" / "raw"
    results = call(
        "orchestration.completeness.run", "run_suites", suites, {"files_accounted_for": table}, parameters(cycle), docs
    )
    unmet = {outcome.description: outcome.detail for outcome in results[0].outcomes if not outcome.is_met}
    assert unmet["Every file could be read"] == f"not so for 1 of 2: {name}"
    write_overview(docs.parent, cycle, "raw", results)
    pages = list((tmp_path / "docs").rglob("*.html"))
    assert len(pages) > 2
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    assert name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;") in (
        docs.parent / "index.html"
    ).read_text(encoding="utf-8")
