"""The analysis marts, each against an independent computation on random answers; one dbt build serves all tests here."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from orchestration.inputs.cycles import Cycle
from orchestration.inputs.framework import Kpi
from orchestration.inputs.home import CODE, Home
from orchestration.intake.forms.draft import Draft
from orchestration.sample import read_targets, write_sample
from tests.lab import build_several, each, figures, made_drafts, new_cycle, new_home, rows, send

MEMBERS = {
    f"XB{letter}": {
        "geography": ("Coastal", "Island", "Landlocked")[i % 3],
        "income_group": ("Low income", "", "High income")[i % 3],
        "wco_region": "Europe" if i < 20 else "Asia/Pacific",
    }
    for i, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
KEYS = ["cycle", "kpi", "grouping", "group_name"]
RANDOM = ("first", "second", "tiny")


def random_answers(seed: int, members: list[str], cycle: Cycle) -> list[Draft]:
    """KPIs that lean to either end or to none, and instruments that are much used or little."""
    rng = Random(seed)
    framework = cycle.framework
    styles = {kpi: rng.choice(["left", "right", "even", "constant", "rare"]) for kpi in framework.kpis}
    habits = {i: rng.choice([(8, 1, 1), (1, 1, 8), (1, 1, 1), (1, 0, 0)]) for i in framework.instruments}

    def on_kpi(kpi: Kpi) -> dict[str, Any]:
        style = styles[kpi.kpi]
        if rng.random() < (0.8 if style == "rare" else 0.15):
            return {"status": rng.choice(["not_applicable", "not_available"])}
        share = {"left": rng.random() ** 4, "right": 1 - rng.random() ** 4, "constant": 0.5}.get(style, rng.random())
        most, whole = {"ratio": (1000, 1000), "variation": (1000, 500), "value": (90, 0)}[kpi.formula]
        return figures(kpi, round(share * most), whole)

    def on_instrument(code: str) -> dict[str, str] | None:
        said: dict[str, str] = {}
        if rng.random() < 0.9:
            said["aware"] = rng.choice(["yes", "yes", "no"])
        if rng.random() < 0.85:
            said["usage"] = rng.choices(["in_use", "plans_to_use", "no_plans"], habits[code])[0]
        return said or None

    return made_drafts(framework, members, on_kpi, on_instrument)


def change_policy(home: Home, name: str, policy: str, value: float) -> str:
    """A framework that differs from pmm-v1 in one threshold."""
    folder = home.frameworks / name
    shutil.copytree(home.frameworks / "pmm-v1", folder)
    text = (folder / "framework.toml").read_text()
    begin = text.index(f"[policy.{policy}]\n")
    end = text.index("\n", text.index("value = ", begin))
    text = text[:begin] + f"[policy.{policy}]\nvalue = {value}" + text[end:]
    (folder / "framework.toml").write_text(text.replace('framework = "pmm-v1"', f'framework = "{name}"', 1))
    return name


def moved_sample(home: Home) -> None:
    """The sample of 2022 with other answers: what the document says of it must not come out of these."""
    folder = home.raw / "samples" / "sample-moved"
    shutil.copytree(home.raw / "samples" / "sample-2022", folder)

    def change(name: str, changes: dict[str, str]) -> None:
        path = folder / name
        lines = [
            ",".join([key, changes[key]]) if (key := line.split(",")[0]) in changes else line
            for line in path.read_text().splitlines()
        ]
        path.write_text("\n".join(lines) + "\n")

    change(
        "kpis.csv",
        {
            "K01": "60,77.0,95,60,0",  # another mean
            "K32": "5,25,70,44,2",  # low performing, and so is K35: nothing is left for SDG 3
            "K35": "8,25,74,48,2",
            "K46": "5,67.7,95,30,0",  # no longer a high response: nothing is left for SDG 5
            "K44": "0,34,95,40,0",  # most do report it now
        },
    )
    instruments = {f"I{n}": "50,12,20" for n in (13, 14, 15, 16, 17, 30, 31, 32, 33, 34)}  # Revenue Collection, little used
    change("instruments.csv", {**instruments, "I06": "60,9,9", "I18": "20,15,20", "I01": "58,14,30"})
    write_sample(home, read_targets(home, "sample-moved"))


POLICIES = {"p-skew": ("skewness_threshold", 0.9), "p-use": ("low_usage_rate", 0.1), "p-response": ("high_response_rate", 0.85)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, warm_dbt: None) -> Path:  # noqa: ARG001
    home = new_home(tmp_path_factory.mktemp("analysis") / "home")
    revised = home.frameworks / "pmm-v2"
    shutil.copytree(home.frameworks / "pmm-v1", revised)
    text = (revised / "framework.toml").read_text()
    text = text.replace('framework = "pmm-v1"', 'framework = "pmm-v2"', 1)
    text = text.replace("[policy.compared_cycles]\nvalue = 3", "[policy.compared_cycles]\nvalue = 100")
    (revised / "framework.toml").write_text(text)
    kpis = (revised / "kpis.csv").read_text().replace("All Customs declarations in T", "All import declarations in T", 1)
    (revised / "kpis.csv").write_text(kpis.replace("\nK51,", "\nK52,"))
    texts = (revised / "texts.fr.csv").read_text().replace(",K51,", ",K52,")
    (revised / "texts.fr.csv").write_text(texts)
    names = []
    for name, framework, year, members in (
        ("first", "pmm-v1", 2020, list(MEMBERS)[:24]),
        ("second", "pmm-v2", 2022, list(MEMBERS)[2:]),
        ("tiny", "pmm-v1", 2020, list(MEMBERS)[:5]),
    ):
        cycle = new_cycle(home, name, {m: MEMBERS[m] for m in members}, framework=framework, year=year)
        send(cycle, random_answers(7 + year + len(members), members, cycle), "parquet")
        names.append(name)
    for name, (policy, value) in POLICIES.items():
        framework = change_policy(home, name, policy, value)
        cycle = new_cycle(home, name, {m: MEMBERS[m] for m in list(MEMBERS)[:24]}, framework=framework, year=2020)
        send(cycle, random_answers(7 + 2020 + 24, list(MEMBERS)[:24], cycle), "parquet")
        names.append(name)
    write_sample(home, read_targets(home, "sample-2022"))
    moved_sample(home)
    return build_several(home, *names, "sample-2022", "sample-moved")


def frame(built: Path, query: str) -> pd.DataFrame:
    with duckdb.connect(str(built), read_only=True) as connection:
        return connection.execute(query).df()


def kpis_of(built: Path) -> pd.DataFrame:
    return frame(built, "select * from reference.kpis").set_index(["cycle", "kpi"])


def policy_of(built: Path) -> dict[str, dict[str, float]]:
    table = frame(built, "select * from reference.policy")
    return {str(cycle): dict(zip(own["policy"], own["value"], strict=True)) for cycle, own in table.groupby("cycle")}


def test_performance_follows_from_skewness_direction_and_number(built: Path) -> None:
    kpis, policy = kpis_of(built), policy_of(built)
    values = frame(
        built,
        "select cycle, kpi, grouping, group_name, value from kpi.member_kpi_values "
        "join reference.member_groups using (cycle, member) where status = 'reported'",
    )
    by_group = {key: own["value"].to_numpy() for key, own in values.groupby(KEYS)}
    found = frame(built, "select * from kpi.kpi_performance")
    seen = set()
    for row in each(found):
        x = by_group.get((row.cycle, row.kpi, row.grouping, row.group_name), np.array([]))
        own, direction = policy[row.cycle], kpis.loc[(row.cycle, row.kpi), "direction"]
        t, strong = own["skewness_threshold"], own["strong_skewness_threshold"]
        expected: tuple[str, str | None, str | None]
        skewness = float(stats.skew(x, bias=False)) if len(x) > 2 and np.ptp(x) > 1e-9 else None
        if direction == "none":
            expected = ("not_evaluated", None, "no direction")
        elif len(x) < own["minimum_reported"]:
            expected = ("not_evaluated", None, "too few Members")
        elif skewness is None:
            expected = ("not_evaluated", None, "no variation")
        elif abs(skewness) < t:
            expected = ("balanced", None, None)
        else:
            is_high_end = skewness < 0
            word = "well_performing" if is_high_end == (direction == "higher") else "low_performing"
            expected = (word, "strong" if abs(skewness) >= strong else "moderate", None)
        got = (
            row.performance,
            row.degree if isinstance(row.degree, str) else None,
            row.reason if isinstance(row.reason, str) else None,
        )
        assert got == expected, row
        seen.add(expected)
        if skewness is not None:
            n = len(x)
            error = np.sqrt(6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3)))
            assert row.skewness_se == pytest.approx(error, rel=1e-9)
    assert len(seen) == 8  # every case but none twice: three reasons, balanced, and two words of two degrees


def instrument_answers(built: Path) -> pd.DataFrame:
    return frame(
        built,
        "select a.cycle, a.member, a.instrument, max(word) filter (where field = 'aware') as aware, "
        "max(word) filter (where field = 'usage') as usage from lineage.answers a "
        "join completeness.member_completeness m using (cycle, member) "
        "where a.is_counted and m.is_sufficient and a.instrument is not null group by all",
    )


def test_awareness_and_use_are_shares_of_those_that_answered(built: Path) -> None:
    answers = instrument_answers(built).merge(frame(built, "select * from reference.member_groups"), on=["cycle", "member"])
    found = frame(built, "select * from instrument.instrument_use").set_index(["cycle", "instrument", "grouping", "group_name"])
    policy = policy_of(built)
    checked = 0
    for key, own in answers.groupby(["cycle", "instrument", "grouping", "group_name"]):
        row: Any = found.loc[key]  # type: ignore[index]
        assert row.n_answered == len(own)
        used, aware = own["usage"].dropna(), own["aware"].dropna()
        shares = used.value_counts(normalize=True)
        if len(used):
            for word in ("in_use", "plans_to_use", "no_plans"):
                assert row[f"{word}_rate"] == pytest.approx(shares.get(word, 0.0), abs=1e-12)
            thresholds = policy[str(key[0])]
            rate = shares.get("in_use", 0.0)
            level = (
                "high" if rate >= thresholds["high_usage_rate"] else "low" if rate < thresholds["low_usage_rate"] else "middle"
            )
            assert row.usage_level == level
            assert row.is_planned_use_low == (shares.get("plans_to_use", 0.0) < thresholds["low_planned_use_rate"])
        if len(aware):
            assert row.awareness_rate == pytest.approx((aware == "yes").mean(), abs=1e-12)
        checked += 1
    assert checked > 1000
    dimensions = frame(built, "select * from instrument.dimension_use")
    use = found.reset_index().query("grouping == 'global'").groupby(["cycle", "dimension"])["in_use_rate"].mean()
    for row in each(dimensions):
        assert row.mean_in_use_rate == pytest.approx(use[row.cycle, row.dimension], abs=1e-12)
    ranks = use.groupby("cycle").rank(method="dense", ascending=False)
    assert {(r.cycle, r.dimension): float(r.rank) for r in each(dimensions)} == ranks.to_dict()


def test_correlations_equal_scipys_over_the_members_that_answered_both(built: Path) -> None:
    kpis, answers = kpis_of(built), instrument_answers(built)
    scores = {
        "awareness": answers["aware"].map({"yes": 1.0, "no": 0.0}),
        "usage": answers["usage"].map({"in_use": 2.0, "plans_to_use": 1.0, "no_plans": 0.0}),
    }
    values = frame(built, "select cycle, member, kpi, value from kpi.member_kpi_values where status = 'reported'")
    by_kpi = {key: own.set_index("member")["value"] for key, own in values.groupby(["cycle", "kpi"])}
    by_measure = {
        (cycle, instrument, measure): pd.Series(score[own.index].to_numpy(), index=own["member"]).dropna()
        for measure, score in scores.items()
        for (cycle, instrument), own in answers.groupby(["cycle", "instrument"])
    }
    found = frame(built, "select * from correlation.instrument_kpi")
    policy = policy_of(built)
    n_computed = 0
    for row in each(found):
        pairs = pd.DataFrame(
            {"score": by_measure.get((row.cycle, row.instrument, row.measure)), "value": by_kpi.get((row.cycle, row.kpi))}
        ).dropna()
        assert row.n == len(pairs)
        direction = kpis.loc[(row.cycle, row.kpi), "direction"]
        if direction == "none":
            assert row.note == "no direction"
        elif len(pairs) < policy[row.cycle]["minimum_pairs"]:
            assert row.note == "too few pairs"
        elif pairs["score"].nunique() == 1 or np.ptp(pairs["value"]) < 1e-9:
            assert row.note == "no variation"
        else:
            oriented = pairs["value"] * (-1 if direction == "lower" else 1)
            assert row.spearman_rho == pytest.approx(stats.spearmanr(pairs["score"], oriented).statistic, abs=1e-9)
            assert row.kendall_tau_b == pytest.approx(stats.kendalltau(pairs["score"], oriented).statistic, abs=1e-9)
            n_computed += 1
    assert n_computed > 500
    mapping = frame(
        built,
        "select l.cycle, l.instrument, k.kpi from reference.instrument_outcomes l join reference.kpis k using (cycle, outcome)",
    )
    assert len(found) == 2 * len(mapping.drop_duplicates())
    for _, own in found.dropna(subset=["p_value"]).groupby(["cycle", "measure"]):
        assert own["q_value"].to_numpy() == pytest.approx(stats.false_discovery_control(own["p_value"]), abs=1e-9)


def test_findings_follow_performance_and_use(built: Path) -> None:
    found = frame(built, "select * from correlation.instrument_findings")
    for row in each(found):
        expected = {
            ("well_performing", "low"): "review_relevance",
            ("low_performing", "low"): "raise_awareness",
            ("well_performing", "high"): "recommendations_taken_up",
        }.get((row.performance, row.usage_level), "other")
        assert row.finding == expected
        assert f"of {row.n_reported} Members" in row.evidence
        if not np.isnan(row.in_use_rate):
            assert f"{100 * row.in_use_rate:.1f}%" in row.evidence
    assert set(found["finding"]) == {"review_relevance", "raise_awareness", "recommendations_taken_up", "other"}


def test_a_goal_is_contributed_to_by_well_performing_kpis_of_high_response(built: Path) -> None:
    policy = policy_of(built)
    kpis = frame(
        built,
        "select p.cycle, s.sdg, p.kpi, p.performance, r.response_rate from kpi.kpi_performance p "
        "join completeness.kpi_response r using (cycle, kpi) join reference.kpis k using (cycle, kpi) "
        "join reference.outcome_sdgs s on s.cycle = p.cycle and s.outcome = k.outcome where p.grouping = 'global'",
    )
    kpis["good"] = (kpis["performance"] == "well_performing") & (
        kpis["response_rate"] >= kpis["cycle"].map(lambda c: policy[c]["high_response_rate"])
    )
    found = frame(built, "select * from sdg.sdg_contribution")
    own = kpis.groupby(["cycle", "sdg"])
    good, response = own["good"].sum(), own["response_rate"].mean()
    for row in each(found):
        n_good = good.get((row.cycle, row.sdg), 0)
        assert row.contributes == (n_good > 0)
        assert row.n_contributing == n_good == len(row.contributing_kpis)
        if row.n_kpis:
            assert row.mean_response_rate == pytest.approx(response[row.cycle, row.sdg], abs=1e-12)
    assert found.groupby("cycle").size().eq(17).all()


def test_needs_are_the_low_kpis_the_gaps_and_the_little_used_instruments(built: Path) -> None:
    policy = policy_of(built)
    expected: dict[tuple[str, ...], set[str]] = {}
    performance = frame(
        built,
        "select p.*, k.outcome, g.response_rate as rate from kpi.kpi_performance p join reference.kpis k using (cycle, kpi) "
        "join aggregate.kpi_by_group g using (cycle, kpi, grouping, group_name)",
    )
    for row in each(performance):
        place = (row.cycle, row.outcome, row.grouping, row.group_name)
        if row.performance == "low_performing":
            expected.setdefault((*place, "low_performance"), set()).add(row.kpi)
        if row.rate < policy[row.cycle]["low_response_rate"]:
            expected.setdefault((*place, "low_response"), set()).add(row.kpi)
    mapped: dict[tuple[str, str], set[str]] = {}
    for cycle, instrument, outcome in rows(built, "select cycle, instrument, outcome from reference.instrument_outcomes"):
        mapped.setdefault((cycle, outcome), set()).add(instrument)
    low = {
        (row.cycle, row.instrument, row.grouping, row.group_name)
        for row in each(frame(built, "select * from instrument.instrument_use"))
        if row.in_use_rate < policy[row.cycle]["low_usage_rate"]
    }
    for (cycle, outcome), instruments in mapped.items():
        for _, instrument, grouping, group in (x for x in low if x[0] == cycle and x[1] in instruments):
            expected.setdefault((cycle, outcome, grouping, group, "low_uptake"), set()).add(instrument)
    found = frame(built, "select * from capacity.capacity_needs")
    got = {}
    for row in each(found):
        key = (row.cycle, row.outcome, row.grouping, row.group_name, row.need)
        got[key] = set(row.instruments) if row.need == "low_uptake" else set(row.kpis)
        if row.need != "low_uptake":
            assert set(row.instruments) == mapped.get((row.cycle, row.outcome), set())
    assert got == expected


def test_trends_compare_the_same_definitions_only(built: Path) -> None:
    found = frame(built, "select * from aggregate.kpi_trends where cycle = 'second' and previous_cycle = 'first'")
    reasons = {kpi: set(own["reason"].dropna()) for kpi, own in found.groupby("kpi")}
    assert reasons["K01"] == {"definition changed"}
    assert reasons["K52"] == {"new KPI"}
    assert not {"definition changed", "new KPI"} & reasons["K02"]
    pairs = rows(built, "select distinct cycle, previous_cycle from aggregate.kpi_trends")
    assert ("second", "tiny") in pairs
    assert ("first", "tiny") not in pairs  # of one year
    # pmm-v2 asks for all earlier cycles, pmm-v1 for three
    n_compared = Counter(cycle for cycle, _ in pairs)
    assert n_compared["second"] > 3 == max(n for cycle, n in n_compared.items() if cycle != "second")
    values = frame(built, "select cycle, member, kpi, value from kpi.member_kpi_values where status = 'reported'")
    groups = frame(built, "select * from reference.member_groups")
    now, before = (
        values[values.cycle == c].merge(groups[groups.cycle == c], on=["cycle", "member"]) for c in ("second", "first")
    )
    both = now.merge(values[values.cycle == "first"], on=["member", "kpi"], suffixes=("", "_before"))
    n_panel = n_change = 0
    for row in each(found[found.is_comparable]):
        where = {"kpi": row.kpi, "grouping": row.grouping, "group_name": row.group_name}
        x, y, z = (t.loc[(t[list(where)] == pd.Series(where)).all(axis=1)] for t in (now, before, both))
        assert (row.n_reported, row.n_panel) == (len(x), len(z))
        if len(x) and len(y):
            assert row.change == pytest.approx(x["value"].mean() - y["value"].mean(), abs=1e-9)
            n_change += 1
        if len(z):
            assert row.panel_change == pytest.approx((z["value"] - z["value_before"]).mean(), abs=1e-9)
            n_panel += 1
    assert min(n_panel, n_change) > 100


@pytest.mark.parametrize(
    ("cycle", "changed"),
    [
        (
            "p-skew",
            {
                "kpi.kpi_performance",
                "correlation.instrument_findings",
                "correlation.audience_findings",
                "sdg.sdg_contribution",
                "sdg.audience_contribution",
                "capacity.capacity_needs",
                "capacity.need_items",
            },
        ),
        (
            "p-use",
            {
                "instrument.instrument_use",
                "instrument.audience_use",
                "correlation.instrument_findings",
                "correlation.audience_findings",
                "capacity.capacity_needs",
                "capacity.need_items",
            },
        ),
        ("p-response", {"sdg.sdg_contribution", "sdg.audience_contribution"}),
    ],
)
def test_a_threshold_changes_only_what_depends_on_it(built: Path, cycle: str, changed: set[str]) -> None:
    names = [
        name
        for (name,) in rows(
            built,
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name in "
            "('completeness', 'kpi', 'aggregate', 'instrument', 'correlation', 'sdg', 'capacity') and table_name != 'kpi_trends'",
        )
    ]
    differing = set()
    for name in names:
        one, other = (
            rows(built, f"select * exclude (cycle) from {name} where cycle = ? order by all", c) for c in ("first", cycle)
        )
        assert len(one) == len(other) or name.startswith("capacity."), name
        if one != other:
            differing.add(name)
    assert differing == changed


def what_the_document_states(built: Path, cycle: str) -> dict[str, Any]:
    def of(query: str) -> list[tuple[Any, ...]]:
        return rows(built, query, cycle)

    findings: dict[str, set[str]] = {}
    for instrument, finding in of("select instrument, finding from correlation.instrument_findings where cycle = ?"):
        findings.setdefault(finding, set()).add(instrument)
    return {
        "goals": {sdg for (sdg,) in of("select sdg from sdg.sdg_contribution where cycle = ? and contributes")},
        "first in use": of("select dimension from instrument.dimension_use where cycle = ? and rank = 1"),
        "little known": of(
            "select instrument from instrument.instrument_use where cycle = ? and grouping = 'global' and not is_awareness_high"
        ),
        "little planned": of(
            "select count(*), round(100 * avg(plans_to_use_rate)) from instrument.instrument_use "
            "where cycle = ? and grouping = 'global' and is_planned_use_low"
        ),
        "K44 missing": of(
            "select 1 - n_reported / n_members > 0.75 from completeness.kpi_response where cycle = ? and kpi = 'K44'"
        ),
        "K01": of("select round(mean, 1) from aggregate.kpi_by_group where cycle = ? and kpi = 'K01' and grouping = 'global'"),
        "findings": findings,
    }


def test_the_sample_gives_what_the_document_states_and_other_answers_do_not(built: Path) -> None:
    sample = what_the_document_states(built, "sample-2022")
    findings = sample.pop("findings")
    assert sample == {
        "goals": {3, 5, 8, 9, 12, 16, 17},  # §16
        "first in use": [("RC",)],  # §14
        "little known": [("I06",)],  # §11: GTAS
        "little planned": [(24, 16.0)],  # §11
        "K44 missing": [(True,)],  # §9
        "K01": [(98.1,)],  # §9
    }
    # the tools that §12, §13 and §14 name; of §13's the GNC handbook alone is not among them, as one KPI can't be both
    assert {"I01", "I02", "I03", "I04", "I09", "I10"} <= findings["review_relevance"]
    assert {"I04", "I07", "I08", "I11", "I12"} <= findings["raise_awareness"]
    assert {"I13", "I14", "I15", "I16", "I17"} <= findings["recommendations_taken_up"]

    moved = what_the_document_states(built, "sample-moved")
    assert moved["goals"] == {8, 9, 12, 16, 17}
    assert moved["first in use"] == [("TFEC",)]
    assert moved["little known"] == [("I18",)]
    assert moved["little planned"] != [(24, 16.0)]
    assert moved["K44 missing"] == [(False,)]
    assert moved["K01"] == [(77.0,)]
    assert not {"I13", "I14"} & moved["findings"].get("recommendations_taken_up", set())


def test_every_published_figure_comes_out_of_the_sample(built: Path) -> None:
    """raw/reference/published.csv in full; the query of each statistic is here, none is left out."""
    queries = {
        "mean": "select round(mean, 1) from aggregate.kpi_by_group where cycle = ? and kpi = ? and grouping = 'global'",
        "respondents": "select n_reported from aggregate.kpi_by_group where cycle = ? and kpi = ? and grouping = 'global'",
        "members_reporting": "select count(*) from completeness.member_completeness where cycle = ? and is_sufficient",
        "members_nominating_ncp": "select count(*) from reference.members where cycle = ?",
        "instruments_total": "select count(*) from reference.instruments where cycle = ?",
        "instruments_low_planned_use": "select count(*) from instrument.instrument_use "
        "where cycle = ? and grouping = 'global' and is_planned_use_low",
        "mean_planned_use_of_low_planned_use_instruments": "select round(100 * avg(plans_to_use_rate)) "
        "from instrument.instrument_use where cycle = ? and grouping = 'global' and is_planned_use_low",
        "kpis_total": "select count(*) from reference.kpis where cycle = ?",
        "outcomes_total": "select count(*) from reference.outcomes where cycle = ?",
    }
    published = list(csv.DictReader((CODE / "raw" / "reference" / "published.csv").open(encoding="utf-8")))
    assert len(published) == 19
    for row in published:
        value = float(row["value"])
        parameters = ["sample-2022", *([row["kpi"]] if row["kpi"] else [])]
        if row["statistic"] == "missing_share_above":
            query = "select 100 * (1 - n_reported / n_members) from completeness.kpi_response where cycle = ? and kpi = ?"
            assert rows(built, query, *parameters)[0][0] > value
        else:
            assert rows(built, queries[row["statistic"]], *parameters)[0][0] == value, row


def test_the_example_worked_by_hand_is_what_the_marts_say(built: Path) -> None:
    page = (CODE / "docs" / "methods.md").read_text(encoding="utf-8")
    page = page[page.index("## One example by hand") :]
    row = frame(
        built,
        "select p.skewness, p.skewness_se, p.mean, p.performance, p.degree, c.spearman_rho, c.ci_low, c.ci_high, c.p_value, "
        "c.q_value, f.finding, f.in_use_rate from kpi.kpi_performance p join correlation.instrument_kpi c using (cycle, kpi) "
        "join correlation.instrument_findings f using (cycle, kpi, instrument) where p.cycle = 'sample-2022' and p.kpi = 'K44' "
        "and p.grouping = 'global' and c.instrument = 'I03' and c.measure = 'usage'",
    ).iloc[0]
    for shown in (
        f"Mean {row['mean']:.1f}",
        f"skewness {row.skewness:.3f}",
        f"standard error of {row.skewness_se:.3f}",
        f"`{row.performance}`, `{row.degree}`",
        f"rho = 110 / sqrt(144 x 227.5) = {row.spearman_rho:.3f}",
        f"{row.ci_low:.3f} to {row.ci_high:.3f}",
        f"= {row.p_value:.4f}",
        f"q = {row.q_value:.3f}",
        f"{100 * row.in_use_rate:.1f} %",
        f"`{row.finding}`",
    ):
        assert shown in page
