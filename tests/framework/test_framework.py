from __future__ import annotations

import csv
from pathlib import Path

import pytest

from orchestration.inputs.framework import read_framework
from orchestration.inputs.home import CODE
from orchestration.inputs.members import MemberRow
from orchestration.inputs.records import InputError, Problem, read_csv


def test_pmm_v1_has_the_counts_that_are_published() -> None:
    framework = read_framework(CODE / "raw" / "frameworks" / "pmm-v1")
    published = {
        row["statistic"]: float(row["value"])
        for row in csv.DictReader((CODE / "raw/reference/published.csv").open())
        if not row["kpi"]
    }
    assert len(framework.dimensions) == 4
    assert len(framework.outcomes) == published["outcomes_total"]
    assert len(framework.kpis) == published["kpis_total"]
    assert len(framework.instruments) == published["instruments_total"]
    assert {goal.sdg for goal in framework.outcome_sdgs} == {3, 5, 8, 9, 12, 16, 17}
    assert {kpi.outcome for kpi in framework.kpis.values()} == set(framework.outcomes)


def test_the_list_of_members_names_those_of_the_first_cycle() -> None:
    problems: list[Problem] = []
    members = read_csv(CODE / "raw/reference/members.csv", MemberRow, problems, extra="groups")
    assert not problems
    assert len(members) == 187
    assert sum(row.groups["cycle_1"] == "true" for row in members.values()) == 62


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("kpis.csv", "K03,EO01,", "K03,EO99,", "kpis.csv, row 4, outcome: 'EO99' is not in outcomes.csv"),
        ("kpis.csv", ",All Customs declarations in T,", ",,", "kpis.csv, row 2, denominator: K01 is a ratio, which needs a denominator"),
        ("kpis.csv", "hours,lower", "hours,down", "kpis.csv, row 10, direction: 'down'"),
        ("kpis.csv", "days,higher", "nights,higher", "kpis.csv, row 46, unit: 'nights' is not among the units"),
        ("kpis.csv", "percent,higher,0,100,public,source\nK02", "percent,higher,100,0,public,source\nK02", "row 2, minimum: the minimum 100"),
        ("kpis.csv", "K02,EO01", "K01,EO01", "kpis.csv, row 3, kpi: K01 stands already in row 2"),
        ("kpis.csv", "K07,EO03,Share of e-commerce shipments,ratio", "K07,EO03,Share of e-commerce shipments,value", "row 8, denominator: K07 is a value"),
        ("outcomes.csv", "EO05,TFEC", "EO05,XX", "outcomes.csv, row 6, dimension: 'XX' is not in dimensions.csv"),
        ("outcome_sdgs.csv", "EO21,5,", "EO21,99,", "'99' is not in sdgs.csv"),
        ("instrument_outcomes.csv", "I46,", "I99,", "'I99' is not in instruments.csv"),
        ("texts.fr.csv", "numerator,K51,", "numerator,K99,", "texts.fr.csv, row 178, code: the framework has no numerator 'K99'"),
        ("dimensions.csv", "dimension,name,basis", "code,name,basis", "dimensions.csv, row 1, dimension: this column is missing"),
        ("framework.toml", 'framework = "pmm-v1"', 'framework = "pmm-v2"', "must be the folder's name"),
        ("framework.toml", 'grouping = "geography"', 'grouping = "member"', "is a name the warehouse has taken"),
        ("framework.toml", "[units.percent]", "[units.percent", "not valid TOML"),
        ("framework.toml", "[policy.alpha]", "[policy.alfa]", "framework.toml, policy.alpha: this threshold is missing"),
        ("framework.toml", "[policy.alpha]", "[policy.alfa]", "framework.toml, policy.alfa: no such threshold; these are skewness_threshold"),
        ("framework.toml", "value = 0.05", "value = 5", "policy.alpha: 5 is out of its range"),
        ("framework.toml", "value = 0.4", "value = 0.7", "policy.low_usage_rate: 0.7 is above the 0.6 of high_usage_rate"),
    ],
)  # fmt: skip
def test_a_framework_that_contradicts_itself_is_refused_with_file_row_and_reason(
    framework_folder: Path, file: str, old: str, new: str, told: str
) -> None:
    path = framework_folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError) as error:
        read_framework(framework_folder)
    assert told.replace("'99' is", "99 is") in str(error.value)


def test_every_problem_is_told_at_once(framework_folder: Path) -> None:
    (framework_folder / "sdgs.csv").unlink()
    text = (framework_folder / "kpis.csv").read_text()
    (framework_folder / "kpis.csv").write_text(text.replace(",higher,", ",up,"))
    with pytest.raises(InputError) as error:
        read_framework(framework_folder)
    assert len(error.value.problems) > 30
    assert "sdgs.csv: the file is missing" in str(error.value)
