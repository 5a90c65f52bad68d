"""The marts over several cycles of one build: forms, frameworks, statistics. One dbt build serves all tests here."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from orchestration.inputs.framework import Framework, Kpi
from orchestration.inputs.framework.model import POLICIES
from orchestration.intake.forms.draft import Draft
from orchestration.warehouse.marts import read_marts
from tests.lab import SENT, answer, build_several, each, figures, made_drafts, marts, new_cycle, new_home, rows, send
from tests.statistics_models import build_statistics, use_schema

MORE_THAN_ONE_THREAD_TAKES = 300_000
"""Rows of which DuckDB gives each thread 122,880."""
FORMS = ("xlsx", "json", "csv", "parquet")
MEMBERS = {
    f"XA{letter}": {"geography": ("Coastal", "Island")[i % 2], "income_group": ("Low income", "", "High income")[i % 3]}
    for i, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}


def some_drafts(seed: int, members: list[str], framework: Framework) -> list[Draft]:
    """Answers with ties, gaps, tiny groups, huge and nearly equal values."""
    rng = Random(seed)
    styles = {kpi: rng.choice(["spread", "ties", "constant", "huge", "rare"]) for kpi in framework.kpis}

    def on_kpi(kpi: Kpi) -> dict[str, Any] | None:
        style = styles[kpi.kpi]
        if rng.random() < (0.93 if style == "rare" else 0.25):
            return {"status": rng.choice(["not_applicable", "not_available"])} if rng.random() < 0.3 else None
        value = {
            "spread": rng.lognormvariate(2, 1),
            "ties": float(rng.choice([1, 1, 2, 3])),
            "constant": 7.3,
            "huge": 1e8 + rng.random(),
            "rare": rng.random(),
        }[style]
        if kpi.formula == "variation":
            return figures(kpi, value, rng.choice([3.0, 7.0]))
        if kpi.formula == "ratio":
            return figures(kpi, value, 100.0 if kpi.maximum is None else max(100.0, value))
        return figures(kpi, value if kpi.maximum is None else min(value, kpi.maximum))

    def on_instrument(code: str) -> dict[str, str] | None:
        return {"aware": "yes", "usage": "in_use"} if code == "I01" else None

    return made_drafts(framework, members, on_kpi, on_instrument)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, warm_dbt: None) -> Path:  # noqa: ARG001
    home = new_home(tmp_path_factory.mktemp("marts") / "home")
    names = []
    for form in FORMS:
        cycle = new_cycle(home, f"form-{form}", {m: MEMBERS[m] for m in ("XAA", "XAB", "XAC")}, rate=0.2)
        drafts = some_drafts(1, ["XAA", "XAB", "XAC"], cycle.framework)
        send(cycle, [round_to_15_digits(d) for d in drafts], form)
        names.append(cycle.name)
    for seed in range(6):
        members = list(MEMBERS)[: (26, 26, 9, 4, 2, 1)[seed]]
        cycle = new_cycle(home, f"random-{seed}", {m: MEMBERS[m] for m in members})
        send(cycle, some_drafts(100 + seed, members, cycle.framework), "csv")
        names.append(cycle.name)
    silent = new_cycle(home, "silent", {"XAA": {}, "XAB": {"geography": "Island"}})
    harbour = new_cycle(
        home,
        "harbours",
        {
            "XHA": {"coast": "North", "size_class": "small"},
            "XHB": {"coast": "South"},
            "XHC": {"coast": "South", "size_class": "any word"},
        },
        framework="harbour-v1",
        rate=0.5,
    )
    send(
        harbour,
        [
            Draft(
                "XHA",
                "A",
                1,
                SENT,
                {
                    "BERTH": answer(numerator=30, denominator=40),
                    "LOAD": answer(numerator=-9, denominator=2),
                    "DEPTH": answer(value=-12.5),
                },
                {"PILOT": {"usage": "in_use"}},
            ),
            Draft(
                "XHB",
                "B",
                1,
                SENT,
                {
                    "BERTH": answer(numerator=10, denominator=40),
                    "LOAD": answer(numerator=8, denominator=2),
                    "DRIFT": answer(current=5, previous=4),
                },
                {"TUG": {"usage": "no_plans"}},
            ),
            Draft("XHC", "C", 1, SENT, {"BERTH": answer(numerator=1, denominator=40)}, {"TUG": {"usage": "no_plans"}}),
        ],
        "json",
    )
    return build_several(home, *names, silent.name, harbour.name)


def round_to_15_digits(draft: Draft) -> Draft:
    def shorter(value: Any) -> Any:
        return float(f"{value:.15g}") if isinstance(value, float) else value

    return replace(draft, kpis={code: {k: shorter(v) for k, v in said.items()} for code, said in draft.kpis.items()})


def test_the_same_answers_in_each_form_give_identical_marts(built: Path) -> None:
    by_form = {
        form: {
            name: [tuple("form" if cell == f"form-{form}" else cell for cell in row) for row in found]
            for name, found in marts(built, f"form-{form}").items()
            if not name.startswith(("lineage.", "staging.", "intermediate.", "publication."))
        }
        for form in FORMS
    }
    assert sum(len(found) for found in by_form["xlsx"].values()) > 500
    assert len(by_form["xlsx"]["kpi.member_kpi_values"]) == 3 * 51
    for form in FORMS[1:]:
        assert by_form[form] == by_form["xlsx"]


def values_by_group(built: Path) -> pd.DataFrame:
    with duckdb.connect(str(built), read_only=True) as connection:
        return connection.execute(
            "select v.cycle, v.kpi, g.grouping, g.group_name, v.value from kpi.member_kpi_values v "
            "join reference.member_groups g using (cycle, member) where v.status = 'reported'"
        ).df()


def test_every_statistic_equals_scipy_and_numpy(built: Path) -> None:
    values = values_by_group(built)
    with duckdb.connect(str(built), read_only=True) as connection:
        found = connection.execute("select * from aggregate.kpi_by_group").df()
    expected = {key: group["value"].to_numpy() for key, group in values.groupby(["cycle", "kpi", "grouping", "group_name"])}
    n_skewed = 0
    for row in each(found):
        x = expected.pop((row.cycle, row.kpi, row.grouping, row.group_name), np.array([]))
        assert row.n_reported == len(x)
        if len(x) == 0:
            assert all(math.isnan(v) for v in (row.mean, row.median, row.q1, row.q3, row.minimum, row.maximum))
            continue
        q1, median, q3 = np.quantile(x, [0.25, 0.5, 0.75], method="linear")
        wanted = {"mean": x.mean(), "median": median, "q1": q1, "q3": q3, "minimum": x.min(), "maximum": x.max()}
        if len(x) > 1:
            wanted["stddev"] = x.std(ddof=1)
        for name, value in wanted.items():
            assert getattr(row, name) == pytest.approx(value, rel=1e-9, abs=1e-9), (row, name)
        if len(x) >= 3 and np.ptp(x) > 1e-12 * np.abs(x).max():
            n_skewed += 1
            # skewness does not change with a shift; without one scipy itself has lost the digits of large, close values
            shifted = x - x.min() if x.min() > 1e6 else x
            assert row.skewness == pytest.approx(stats.skew(shifted, bias=False), rel=1e-9, abs=1e-9), row
        else:
            assert math.isnan(row.skewness)
    assert not expected
    assert n_skewed > 300


def test_values_too_large_and_close_for_sums_of_powers_are_among_them(built: Path) -> None:
    """DuckDB's own skewness() would miss these; the test above proves ours on the same values."""
    values = values_by_group(built)
    own = values.groupby(["cycle", "kpi", "grouping", "group_name"])["value"].agg(list)
    huge = [x for x in own if len(x) > 10 and min(x) > 1e7 and 0 < np.ptp(x) < 10]
    assert huge
    off = [
        abs(duckdb.execute("select skewness(unnest) from unnest(?)", [x]).fetchall()[0][0] - stats.skew(x, bias=False))
        for x in huge
    ]
    assert max(off) > 1e-8


def test_statistics_are_the_same_in_any_order_of_the_rows_and_on_any_number_of_threads(built: Path) -> None:
    models = built.parent / "compiled/pmm/models/intermediate"
    n, rng = MORE_THAN_ONE_THREAD_TAKES, np.random.default_rng(7)
    answers = {"wide": rng.lognormal(3, 2, n), "near": 1e9 + rng.random(n), "whole": rng.integers(0, 100, n).astype(float)}
    groups = pd.DataFrame({"cycle": "c", "member": np.arange(n).astype(str), "group_number": 1})
    found = []
    for seed, threads in ((0, 1), (1, 4), (2, 7)):
        with duckdb.connect(config={"threads": threads}) as connection:
            use_schema(connection)
            kpis = pd.concat(
                pd.DataFrame({"cycle": "c", "member": groups.member, "kpi": kpi, "status": "reported", "value": values})
                for kpi, values in answers.items()
            )
            for name, rows_ in {
                "int_kpi_groups": kpis.assign(unit="hours", grouping="global", group_name="All", group_number=1).drop_duplicates(
                    "kpi"
                ),
                "int_sufficient_member_kpis": kpis.sample(frac=1, random_state=seed),
                "int_member_groups": groups.sample(frac=1, random_state=seed),
            }.items():
                connection.register("frame", rows_)
                connection.execute(f"create table {name} as from frame")
            build_statistics(connection, models)
            query = "select kpi, mean, stddev, skewness, median from int_kpi_statistics order by kpi"
            found.append(connection.execute(query).fetchall())
    assert found[0] == found[1] == found[2]
    for kpi, mean, stddev, skewness, median in found[0]:
        values = answers[kpi]
        assert mean == pytest.approx(math.fsum(values) / n, rel=1e-15)
        assert stddev == pytest.approx(np.std(values - values.min(), ddof=1), rel=1e-12)
        assert skewness == pytest.approx(stats.skew(values - values.min(), bias=False), rel=1e-9)
        assert median == np.median(values)


def test_counts_and_response_rates(built: Path) -> None:
    with duckdb.connect(str(built), read_only=True) as connection:
        answers = connection.execute("select * from kpi.member_kpi_values").df()
        found = connection.execute("select * from completeness.kpi_response order by cycle, kpi").df()
    for row in each(found):
        own = answers[(answers.cycle == row.cycle) & (answers.kpi == row.kpi)].status.value_counts()
        reported, away = own.get("reported", 0), own.get("not_applicable", 0)
        assert (row.n_members, row.n_reported, row.n_not_applicable) == (own.sum(), reported, away)
        if own.sum() - away:
            assert row.response_rate == pytest.approx(reported / (own.sum() - away))
        else:
            assert math.isnan(row.response_rate)


def test_another_framework_works_with_data_files_alone(built: Path) -> None:
    found = rows(
        built,
        "select kpi, group_name, n_reported, mean, unit from aggregate.kpi_by_group "
        "where cycle = 'harbours' and grouping = 'coast' order by kpi, group_name",
    )
    assert found == [
        ("BERTH", "North", 1, 75.0, "percent"),
        ("BERTH", "South", 1, 25.0, "percent"),
        ("DEPTH", "North", 1, -12.5, "tonnes"),
        ("DEPTH", "South", 0, None, "tonnes"),
        ("DRIFT", "North", 0, None, "percent"),
        ("DRIFT", "South", 1, 25.0, "percent"),
        ("LOAD", "North", 1, -4.5, "tonnes"),
        ("LOAD", "South", 1, 4.0, "tonnes"),
    ]
    assert rows(built, "select distinct grouping from aggregate.kpi_by_group where cycle = 'harbours' order by 1") == [
        ("coast",),
        ("global",),
        ("size_class",),
    ]
    sufficient = rows(
        built, "select member, is_sufficient from completeness.member_completeness where cycle = 'harbours' order by 1"
    )
    assert sufficient == [("XHA", True), ("XHB", True), ("XHC", False)]
    disclosed = rows(
        built,
        "select kpi, disclosure from kpi.member_kpi_values where cycle = 'harbours' and member = 'XHA' order by 1",
    )
    assert disclosed == [("BERTH", "public"), ("DEPTH", "member"), ("DRIFT", "public"), ("LOAD", "wco")]


def test_a_cycle_to_which_nobody_has_sent_has_empty_results_and_all_its_rows(built: Path) -> None:
    assert rows(built, "select count(*), sum(n_reported), count(mean) from aggregate.kpi_by_group where cycle = 'silent'") == [
        (51 * (1 + 1 + 1 + 2 + 1), 0, 0)
    ]
    assert rows(built, "select count(*) from kpi.member_kpi_values where cycle = 'silent'") == [(0,)]


def test_every_figure_traces_to_a_file_a_sheet_and_a_row(built: Path) -> None:
    found = rows(
        built,
        "select v.member, v.kpi, count(a.value), count(a.file), count(a.sheet), count(a.row), count(a.sha256) "
        "from kpi.member_kpi_values v left join lineage.answers a "
        "on (a.cycle, a.member, a.kpi) = (v.cycle, v.member, v.kpi) and a.is_counted and a.value is not null "
        "where v.cycle = 'form-xlsx' and v.status = 'reported' group by all",
    )
    assert len(found) > 50
    for _, _, *counts in found:
        assert counts in ([1] * 5, [2] * 5)


def test_every_mart_column_is_described_and_says_where_its_figures_come_from(built: Path) -> None:
    columns = rows(
        built,
        "select schema_name, table_name, column_name, comment from duckdb_columns() where list_contains(?, schema_name)",
        sorted({mart.schema for mart in read_marts().values()}),
    )
    assert [c for c in columns if not c[3]] == []
    tables = {c[:2] for c in columns}
    assert {c[:2] for c in columns if c[2] == "data_origin"} == tables
    assert {c[:2] for c in columns if c[2] == "cycle"} == tables
    assert rows(built, "select count(*) from duckdb_columns() where schema_name = 'raw' and comment is null") == [(0,)]


def test_the_models_know_every_threshold_of_the_policy(built: Path) -> None:
    columns = rows(built, "select column_name from duckdb_columns() where table_name = 'int_policy' order by column_index")
    assert [name for (name,) in columns] == [
        "cycle",
        *(name for name in POLICIES if name not in {"compared_cycles", "protection_percent"}),
    ]
    assert all(value is not None for row in rows(built, "from intermediate.int_policy") for value in row)
