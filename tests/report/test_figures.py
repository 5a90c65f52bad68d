"""Every number on the pages is the file's: read back from the HTML, table by table."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.disclosure.audiences import AudienceName
from orchestration.inputs.home import Home
from orchestration.report.view import slug
from tests.report.read import Read, plain

Row = dict[str, Any]
KPI, RATE, WHOLE, SKEWNESS = "kpi", "rate", "whole", "skewness"
"""How figures are written: with the KPI's decimals, as a whole percentage, as a whole number, with two decimals."""


class Compared:
    """A site beside its file, and how many numbers were compared."""

    def __init__(self, site: Path, file: Path) -> None:
        self.site, self.n = site, 0
        self._connection = duckdb.connect(str(file), read_only=True)
        self.decimals = {(row["cycle"], row["kpi"]): row["decimals"] for row in self.rows("from reference.kpis")}

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str) -> list[Row]:
        relation = self._connection.sql(query)
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]

    def table(self, path: str, name: str) -> list[list[str]]:
        """The rows of a page's table, without its headings; none where it has no such table."""
        return Read((self.site / "en" / path).read_text(encoding="utf-8")).tables.get(name, [[]])[1:]

    def same(self, text: str, value: float | None, kind: str, kpi: tuple[str, str] = ("", "")) -> None:
        """A cell shows a figure of the file, as exactly as it says."""
        shown = plain(text)
        assert (shown is None) == (value is None), (text, value)
        if value is None or shown is None:
            return
        decimals = {KPI: self.decimals.get(kpi), RATE: 0, WHOLE: 0, SKEWNESS: 2}[kind]
        assert decimals is not None
        expected = 100 * float(value) if kind == RATE else float(value)
        assert math.isclose(shown, expected, abs_tol=0.5 * 10**-decimals + 1e-9), (text, value)
        self.n += 1


@pytest.fixture(scope="module", params=["public", "wco", "internal"])
def compared(two_cycles: Home, sites: Path, request: pytest.FixtureRequest) -> Any:
    audience: AudienceName = request.param
    found = Compared(sites / audience, two_cycles.published(audience))
    yield found
    found.close()


def test_of_kpis_and_groups(compared: Compared) -> None:
    performance = {(row["cycle"], row["kpi"], row["group_name"]): row for row in compared.rows("from kpi.kpi_performance")}
    expected = {(row["cycle"], row["kpi"], row["group_name"]): row for row in compared.rows("from aggregate.kpi_by_group")}
    for cycle, kpi in {key[:2] for key in expected}:
        for texts in compared.table(f"{cycle}/kpis/{kpi}.html", "groups"):
            row = expected.pop((cycle, kpi, texts[1]))
            compared.same(texts[2], row["n_reported"], WHOLE)
            compared.same(texts[3], row["response_rate"], RATE)
            for text, name in zip(texts[4:8], ("mean", "q1", "median", "q3"), strict=True):
                compared.same(text, row[name], KPI, (cycle, kpi))
            compared.same(texts[8], row["skewness"], SKEWNESS)
            word = performance[cycle, kpi, texts[1]]["performance"]
            assert texts[9].strip() == (word.replace("_", " ") if word else "\N{EN DASH}")
    assert not expected, "every group of every KPI is on a page"
    assert compared.n > 1000


def test_of_changes(compared: Compared) -> None:
    expected = {
        (row["cycle"], row["kpi"], row["group_name"], row["previous_cycle"]): row
        for row in compared.rows("from aggregate.kpi_trends where change is not null or panel_change is not null")
    }
    for cycle, kpi in {key[:2] for key in expected}:
        for texts in compared.table(f"{cycle}/kpis/{kpi}.html", "trends"):
            row = expected.pop((cycle, kpi, texts[0], texts[1]))
            names = ("previous_mean", "mean", "change", "n_panel", "panel_change")
            for text, name in zip(texts[2:7], names, strict=True):
                compared.same(text, row[name], WHOLE if name == "n_panel" else KPI, (cycle, kpi))
    assert not expected


def test_of_instruments(compared: Compared) -> None:
    expected = {
        (row["cycle"], row["instrument"], row["group_name"]): row for row in compared.rows("from instrument.instrument_use")
    }
    for cycle, instrument in {key[:2] for key in expected}:
        for texts in compared.table(f"{cycle}/instruments/{instrument}.html", "groups"):
            row = expected.pop((cycle, instrument, texts[1]))
            compared.same(texts[2], row["n_answered"], WHOLE)
            rates = ("awareness_rate", "in_use_rate", "plans_to_use_rate", "no_plans_rate")
            for text, name in zip(texts[3:7], rates, strict=True):
                compared.same(text, row[name], RATE)
    assert not expected


def test_of_a_group_against_all(compared: Compared) -> None:
    rows = compared.rows("from aggregate.kpi_by_group")
    of_all = {(row["cycle"], row["kpi"]): row["mean"] for row in rows if row["grouping"] == "global"}
    expected = {
        (row["cycle"], f"{slug(row['grouping'])}-{slug(row['group_name'])}", row["kpi"]): row
        for row in rows
        if row["grouping"] != "global"
    }
    for cycle, group in {key[:2] for key in expected}:
        for texts in compared.table(f"{cycle}/groups/{group}.html", "kpis"):
            row = expected.pop((cycle, group, texts[0]))
            everybody = of_all[cycle, texts[0]]
            both = row["mean"] is not None and everybody is not None
            compared.same(texts[3], row["mean"], KPI, (cycle, texts[0]))
            compared.same(texts[4], everybody, KPI, (cycle, texts[0]))
            compared.same(texts[5], row["mean"] - everybody if both else None, KPI, (cycle, texts[0]))
    assert not expected


def test_of_needs_and_goals(compared: Compared) -> None:
    needs = compared.rows(
        "select cycle, group_name, count(*) filter (need = 'low_performance') as low, count(*) filter (need = 'low_response') as few, "
        "count(*) filter (need = 'low_uptake') as little from capacity.capacity_needs where grouping != 'global' group by all"
    )
    expected = {(row["cycle"], row["group_name"]): row for row in needs}
    goals = {(row["cycle"], str(row["sdg"])): row for row in compared.rows("from sdg.sdg_contribution")}
    for cycle in {cycle for cycle, _ in goals}:
        for texts in compared.table(f"{cycle}/needs.html", "groups"):
            row = expected.pop((cycle, texts[1]), {"low": 0, "few": 0, "little": 0})
            for text, name in zip(texts[2:5], ("low", "few", "little"), strict=True):
                compared.same(text, row[name], WHOLE)
        for texts in compared.table(f"{cycle}/sdgs.html", "all"):
            row = goals.pop((cycle, texts[0]))
            names = ("n_outcomes", "n_kpis", "n_well_performing", "n_contributing")
            for text, name in zip(texts[2:6], names, strict=True):
                compared.same(text, row[name], WHOLE)
    assert not expected
    assert not goals


def test_single_values_are_those_that_the_file_shows(compared: Compared) -> None:
    names = {(row["cycle"], row["member"]): row["member_name"] for row in compared.rows("from reference.members")}
    shown = compared.rows("from kpi.member_kpi_values where value is not null")
    expected = {(row["cycle"], row["kpi"], names[row["cycle"], row["member"]]): row["value"] for row in shown}
    for cycle, kpi in {key[:2] for key in expected}:
        for texts in compared.table(f"{cycle}/kpis/{kpi}.html", "values"):
            compared.same(texts[1], expected.pop((cycle, kpi, texts[0])), KPI, (cycle, kpi))
    assert not expected
