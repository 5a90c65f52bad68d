"""Each kind of bad input: set aside with its rule, a sentence and the right place, while the good cells load."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from orchestration.inputs.cycles import Cycle
from orchestration.inputs.home import Home
from orchestration.intake.forms.draft import Draft
from orchestration.intake.received import Intake, read_cycle
from orchestration.intake.rules import RULES
from tests.lab import SENT, answer, new_cycle, send

GROUPS = {"geography": "Island"}


CASES: list[tuple[Any, ...]] = [
    ("K99", {"value": 1}, [("unknown_kpi", "1")], {}),
    ("K01", answer(numerator="many", denominator=5), [("not_a_number", "many")], {"denominator": 5}),
    ("K01", answer(numerator="1,5", denominator=5), [("separators_in_number", "1,5")], {"denominator": 5}),
    ("K01", answer(numerator=-1, denominator=5), [("negative_figure", "-1")], {"denominator": 5}),
    ("K04", answer(current=-1, previous=5), [("negative_figure", "-1")], {"previous": 5}),
    ("K06", answer(value=-1), [("negative_figure", "-1")], {}),
    ("K09", answer(value="1e300"), [("figure_too_large", "1e300")], {}),
    ("K45", answer(numerator=5, denominator="1e-300"), [("out_of_range", "5")], {"denominator": 1e-300}),
    ("K01", answer(numerator=6, denominator=5), [("numerator_above_denominator", "6")], {"denominator": 5}),
    ("K46", answer(numerator=6, denominator=5), [], {"numerator": 6, "denominator": 5}),
    ("K29", answer(value=101), [("out_of_range", "101")], {}),
    ("K01", answer(numerator=0, denominator=0), [("zero_denominator", "0")], {"numerator": 0}),
    ("K04", answer(current=3, previous=0), [("zero_previous", "0")], {"current": 3}),
    ("K04", answer(current=0, previous=3), [], {"current": 0, "previous": 3}),
    ("K01", answer(numerator=3), [("missing_figure", None)], {"numerator": 3}),
    ("K01", answer(), [("missing_figure", None), ("missing_figure", None)], {}),
    ("K01", {"numerator": 3, "denominator": 4}, [], {"numerator": 3, "denominator": 4}),
    ("K01", {"status": "not_applicable", "numerator": 3}, [("figure_with_status", "3")], {"status": "not_applicable"}),
    ("K01", {"status": "not_available", "numerator": 3}, [("figure_with_status", "3")], {"status": "not_available"}),
    ("K01", {"status": "maybe"}, [("unknown_word", "maybe")], {}),
    ("K01", answer(value=3), [("unexpected_figure", "3"), ("missing_figure", None), ("missing_figure", None)], {}),
    ("K18", answer(numerator=3, denominator=4, disclosure="public"), [("disclosure_too_wide", "public")],
     {"numerator": 3, "denominator": 4}),
    ("K01", answer(numerator=3, denominator=4, disclosure="member"), [],
     {"numerator": 3, "denominator": 4, "disclosure": "member"}),
]  # fmt: skip


@pytest.fixture
def cycle(home: Home) -> Cycle:
    return new_cycle(home, "c", {"XAA": GROUPS, "XAB": GROUPS})


def take(cycle: Cycle, draft: Draft | None = None, form: str = "json", **kpis: object) -> Intake:
    draft = draft or Draft("XAA", "A", 1, SENT, kpis, {"I01": {"aware": "yes", "usage": "in_use"}})  # type: ignore[arg-type]
    send(cycle, [draft], form)
    intake = read_cycle(cycle)
    assert intake.n_cells == intake.n_loaded + intake.n_set_aside
    return intake


def aside(intake: Intake) -> list[tuple[str, str | None]]:
    found = [(r.rule, r.value) for _, r in intake.rejections()]
    assert all(rule in RULES for rule, _ in found)
    assert all(len(r.message) > 20 and r.message.endswith((".", ")")) for _, r in intake.rejections())
    return found


def loaded(intake: Intake, kpi: str) -> dict[str, float | str | None]:
    return {a.field: a.value if a.word is None else a.word for j in intake.judged for a in j.answers if a.code == kpi}


@pytest.mark.parametrize(
    ("form", "kpi", "given", "expected", "stays"),
    [("json", *case) for case in CASES]
    # the export's writer follows the framework, so it can't write what the framework does not ask for
    + [("csv", *case) for case in CASES if not {"unknown_kpi", "unexpected_figure"} & {rule for rule, _ in case[2]}],
)
def test_a_bad_kpi_answer_is_set_aside_and_its_good_cells_stay(
    cycle: Cycle, form: str, kpi: str, given: dict[str, Any], expected: list[tuple[str, str | None]], stays: dict[str, Any]
) -> None:
    answers: Any = {kpi: given}
    intake = take(cycle, form=form, **answers)
    assert aside(intake) == expected
    assert {k: v for k, v in loaded(intake, kpi).items() if k != "status" or "status" in stays} == stays


def test_a_missing_figure_is_told_where_it_belongs(cycle: Cycle) -> None:
    intake = take(cycle, form="xlsx", K01=answer(numerator=3), K02=answer(numerator="x", denominator=4))
    places = {r.rule: (r.place.sheet, r.place.row, r.place.column) for _, r in intake.rejections()}
    assert places == {"missing_figure": ("KPIs", 2, "H"), "not_a_number": ("KPIs", 3, "F")}


@pytest.mark.parametrize("form", ["json", "csv", "xlsx"])
def test_instrument_answers_outside_their_lists(cycle: Cycle, form: str) -> None:
    draft = Draft("XAA", "A", 1, SENT, {}, {"I01": {"aware": "perhaps", "usage": "In use"}, "I02": {"usage": "often"}})
    intake = take(cycle, draft, form)
    assert sorted(aside(intake)) == [("unknown_word", "often"), ("unknown_word", "perhaps")]
    assert loaded(intake, "I01") == {"usage": "in_use"}


@pytest.mark.parametrize(("member", "rule"), [("XZZ", "unknown_member"), ("FRA", "not_on_roster"), ("xaa", "unknown_member")])
def test_a_member_that_is_not_known_or_not_nominated(cycle: Cycle, member: str, rule: str) -> None:
    intake = take(cycle, Draft(member, "?", 1, SENT, {"K06": answer(value=1)}, {}), "csv")
    assert aside(intake) == [(rule, member)]
    assert intake.n_loaded == 0
    assert intake.judged[0].state == "rejected"


def test_a_submission_for_another_cycle_or_framework(cycle: Cycle, home: Home) -> None:
    other = new_cycle(home, "other", {"XAA": GROUPS})
    send(other, [Draft("XAA", "A", 1, SENT, {"K06": answer(value=1)}, {})], "json", "other_")
    found = next(other.submissions.iterdir())
    found.rename(cycle.submissions / "wrong_cycle.json")
    text = (cycle.submissions / "wrong_cycle.json").read_text()
    (cycle.submissions / "wrong_framework.json").write_text(text.replace('"other"', '"c"').replace('"pmm-v1"', '"pmm-v0"'))
    assert aside(read_cycle(cycle)) == [("wrong_cycle", "other"), ("wrong_framework", "pmm-v0")]


def test_two_answers_for_one_cell(cycle: Cycle) -> None:
    document = {
        "cycle": "c",
        "member": "XAA",
        "revision": 1,
        "kpi_answers": [
            {"kpi": "K06", "value": 1},
            {"kpi": "K06", "value": 2},
            {"kpi": "K09", "value": 3},
            {"kpi": "K09", "value": 3},
        ],
        "instrument_answers": [],
    }
    text = json.dumps(document).replace('"value": 1}', '"value": 1, "status": "reported", "status": "not_available"}')
    (cycle.submissions / "a.json").write_text(text)
    intake = read_cycle(cycle)
    assert sorted(aside(intake)) == [
        ("two_answers", "1"),
        ("two_answers", "2"),
        ("two_answers", "3"),
        ("two_answers", "not_available"),
        ("two_answers", "reported"),
    ]
    assert loaded(intake, "K09") == {"value": 3}


def test_the_latest_revision_counts_and_none_is_deleted(cycle: Cycle) -> None:
    first = Draft("XAA", "A", 1, SENT, {"K06": answer(value=1)}, {"I01": {"usage": "in_use"}})
    send(cycle, [first], "xlsx")
    send(cycle, [replace(first, revision=2, kpis={"K06": answer(value=2)})], "json")
    send(cycle, [first], "json", "again_")
    intake = read_cycle(cycle)
    assert {(j.submission.file, j.state) for j in intake.judged} == {
        ("XAA_1.xlsx", "superseded"),
        ("XAA_2.json", "accepted"),
        ("again_XAA_1.json", "superseded"),
    }
    assert intake.counts.keys() == {("XAA", "kpis"), ("XAA", "instruments")}
    assert sum(a.field == "value" for j in intake.judged for a in j.answers) == 3


def test_the_same_answers_in_another_form_are_a_duplicate(cycle: Cycle) -> None:
    draft = Draft(
        "XAA", "A", 1, SENT, {"K06": answer(value=1), "K01": answer(numerator=1.5, denominator=2)}, {"I01": {"usage": "in_use"}}
    )
    for form in ("xlsx", "json", "csv", "parquet"):
        send(cycle, [draft], form, f"{form}_")
    intake = read_cycle(cycle)
    states = [j.state for j in intake.judged]
    assert states.count("accepted") == 2  # the export's two tables, first by name
    assert states.count("duplicate") == 4


def test_an_export_of_instruments_replaces_that_list_alone(cycle: Cycle) -> None:
    draft = Draft("XAA", "A", 1, SENT, {"K06": answer(value=1)}, {"I01": {"usage": "in_use"}})
    send(cycle, [draft], "json")
    send(cycle, [replace(draft, revision=2, kpis={}, instruments={"I01": {"usage": "no_plans"}})], "csv")
    intake = read_cycle(cycle)
    assert {part: intake.judged[i].submission.revision for (_, part), i in intake.counts.items()} == {"kpis": 1, "instruments": 2}
    assert [j.state for j in intake.judged] == ["accepted", "accepted"]


def test_different_answers_under_one_revision_and_time_are_nobodys(cycle: Cycle) -> None:
    draft = Draft("XAA", "A", 1, SENT, {"K06": answer(value=1)}, {})
    send(cycle, [draft], "json")
    send(cycle, [replace(draft, kpis={"K06": answer(value=9)})], "xlsx")
    intake = read_cycle(cycle)
    assert {rule for rule, _ in aside(intake)} == {"conflicting_revisions"}
    assert intake.counts == {}
    assert intake.n_cells == intake.n_loaded + intake.n_set_aside
