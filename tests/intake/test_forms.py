"""What goes wrong with files, and that all three forms say the same thing."""

from __future__ import annotations

import errno
import json
import multiprocessing
import pickle
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from orchestration.inputs.cycles import Cycle
from orchestration.inputs.framework import Framework, read_framework
from orchestration.inputs.home import CODE, Home
from orchestration.intake.folder import entries
from orchestration.intake.forms import export, json_form
from orchestration.intake.forms.draft import Draft
from orchestration.intake.forms.workbook import OLE_MAGIC
from orchestration.intake.model import ReadFile
from orchestration.intake.processes import Read, read_apart, read_here
from orchestration.intake.received import Intake, read_cycle
from tests.lab import SENT, answer, new_cycle, new_home, send

FRAMEWORK: Framework = read_framework(CODE / "raw" / "frameworks" / "pmm-v1")
DRAFT = Draft(
    "XAA",
    "A",
    1,
    SENT,
    {
        "K01": answer(numerator=3, denominator=4),
        "K02": {"status": "not_applicable"},
        "K06": answer(value=2),
        "K09": answer(value=30.5),
    },
    {"I01": {"aware": "yes", "usage": "in_use"}, "I02": {"aware": "no"}},
)
N_CELLS = 3 + 1 + 2 + 2 + 2 + 1


@pytest.fixture
def cycle(home: Home) -> Cycle:
    return new_cycle(home, "c", {"XAA": {}, "XAB": {}})


def read(cycle: Cycle) -> tuple[Intake, list[str]]:
    intake = read_cycle(cycle)
    assert intake.n_cells == intake.n_loaded + intake.n_set_aside
    return intake, [r.rule for _, r in intake.rejections()]


def said(intake: Intake) -> list[tuple[Any, ...]]:
    return sorted((a.part, a.code, a.field, a.value, a.word) for j in intake.judged for a in j.answers)


# a workbook holds 15 significant digits, as Excel does
FLOATS = st.floats(0, 1e9, allow_nan=False).map(lambda x: float(f"{x:.15g}"))
FIGURE = st.one_of(st.integers(0, 10**9), FLOATS, st.sampled_from(["n/a", "1,234", "-3", "0"]))


@st.composite
def answers(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    kpis: dict[str, Any] = {}
    for code in draw(st.lists(st.sampled_from(list(FRAMEWORK.kpis)), unique=True, max_size=12)):
        fields: dict[str, Any] = {}
        status = draw(st.sampled_from([None, "reported", "not_applicable", "not_available", "unclear"]))
        if status:
            fields["status"] = status
        for variable in FRAMEWORK.kpis[code].variables:
            if draw(st.booleans()):
                fields[variable] = draw(FIGURE)
        disclosure = draw(st.sampled_from([None, None, "public", "wco", "member"]))
        if disclosure and fields:
            fields["disclosure"] = disclosure
        if fields:
            kpis[code] = fields
    codes = draw(st.lists(st.sampled_from(list(FRAMEWORK.instruments)), unique=True, max_size=6))
    instruments = {
        c: draw(st.sampled_from([{"aware": "yes"}, {"usage": "no_plans"}, {"aware": "?", "usage": "in_use"}])) for c in codes
    }
    return kpis, instruments


# several Members at once, since it is beginning to read a folder that takes the time
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sent=st.lists(answers(), min_size=1, max_size=8))
def test_the_three_forms_say_the_same_and_lose_nothing(tmp_path_factory: pytest.TempPathFactory, sent: list[Any]) -> None:
    home = new_home(tmp_path_factory.mktemp("forms") / "home")
    drafts = [Draft(f"XA{letter}", letter, 1, SENT, *said) for letter, said in zip("ABCDEFGH", sent, strict=False)]
    results = []
    for form in ("xlsx", "json", "csv", "parquet"):
        cycle = new_cycle(home, form, {draft.member: {} for draft in drafts})
        send(cycle, drafts, form)
        intake, rules = read(cycle)
        said = sorted((j.submission.member, a.part, a.code, a.field, a.value, a.word) for j in intake.judged for a in j.answers)
        results.append((said, sorted(rules), intake.n_cells))
    assert all(result == results[0] for result in results)


def spoil_workbook(change: Callable[[openpyxl.Workbook], object]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        book = openpyxl.load_workbook(path)
        change(book)
        book.save(path)

    return spoil


def cell(name: str, value: object, number_format: str | None = None) -> Callable[[openpyxl.Workbook], None]:
    def change(book: openpyxl.Workbook) -> None:
        sheet: Worksheet = book["KPIs"]
        sheet[name] = value  # type: ignore[assignment]
        if number_format:
            sheet[name].number_format = number_format

    return change


@pytest.mark.parametrize(
    ("spoil", "rules", "n_loaded"),
    [
        (lambda p: p.write_bytes(b""), ["empty_file"], 0),
        (lambda p: p.write_bytes(p.read_bytes()[:3000]), ["unreadable_file"], 0),
        (lambda p: p.write_bytes(OLE_MAGIC + bytes(2000)), ["protected_or_old_workbook"], 0),
        (lambda p: p.write_text("Member;K01"), ["not_a_workbook"], 0),
        (lambda p: zipfile.ZipFile(p, "w").writestr("word/document.xml", "<w/>"), ["not_a_workbook"], 0),
        (lambda p: zipfile.ZipFile(p, "w").writestr("xl/workbook.xml", "<w"), ["unreadable_file"], 0),
        (lambda p: p.rename(p.with_suffix(".ods")), ["unknown_form"], 0),
        (spoil_workbook(lambda b: b.remove(b["Instruments"])), ["missing_sheet"], N_CELLS - 3),
        (spoil_workbook(lambda b: setattr(b["KPIs"], "title", "KPI s")), ["extra_sheet", "missing_sheet"], 3),
        (spoil_workbook(lambda b: b.create_sheet("Notes").append(["see", "here"])), ["extra_sheet"], N_CELLS),
        (spoil_workbook(lambda b: setattr(b["KPIs"], "sheet_state", "hidden")), ["hidden_sheet"], 3),
        (spoil_workbook(cell("D1", "State")), ["renamed_header"], 3),
        (spoil_workbook(cell("J1", "Remarks")), ["extra_column"], N_CELLS),
        (spoil_workbook(cell("K9", "a remark")), ["extra_column"], N_CELLS),
        (spoil_workbook(lambda b: b["KPIs"].merge_cells("F2:G2")), ["merged_cells"], N_CELLS - 1),
        (spoil_workbook(lambda b: setattr(b["KPIs"].column_dimensions["F"], "hidden", True)), ["hidden_cells"] * 3, N_CELLS - 3),
        (spoil_workbook(lambda b: setattr(b["KPIs"].row_dimensions[2], "hidden", True)), ["hidden_cells"] * 3, N_CELLS - 3),
        (spoil_workbook(cell("F2", "=1+2")), ["formula_without_result"], N_CELLS - 1),
        (spoil_workbook(cell("F2", "#DIV/0!")), ["error_value"], N_CELLS - 1),
        (spoil_workbook(cell("F2", SENT)), ["date_in_number"], N_CELLS - 1),
        (spoil_workbook(cell("F2", 0.75, "0.0%")), ["percentage_format"], N_CELLS - 1),
        (spoil_workbook(cell("F2", True)), ["not_a_number"], N_CELLS - 1),
        (spoil_workbook(cell("A2", "K01 ")), [], N_CELLS),
        (spoil_workbook(cell("A2", None)), ["unknown_kpi"] * 3, N_CELLS - 3),
        (spoil_workbook(lambda b: b["Submission"].__setitem__("B6", "one")), ["bad_revision"], 0),
        (spoil_workbook(lambda b: b["Submission"].__setitem__("A5", "Country")), ["extra_cell", "missing_heading"], 0),
        (spoil_workbook(lambda b: b["Submission"].__setitem__("B7", "soon")), ["bad_time"], N_CELLS),
        (spoil_workbook(lambda b: b["Submission"].__setitem__("C3", "?")), ["extra_cell"], N_CELLS),
    ],
)  # fmt: skip
def test_what_goes_wrong_with_a_workbook(cycle: Cycle, spoil: Callable[[Path], None], rules: list[str], n_loaded: int) -> None:
    send(cycle, [DRAFT], "xlsx")
    spoil(next(cycle.submissions.iterdir()))
    intake, found = read(cycle)
    assert sorted(found) == sorted(rules)
    assert intake.n_loaded == n_loaded


def test_a_formula_counts_by_its_saved_result(cycle: Cycle) -> None:
    send(cycle, [DRAFT], "xlsx")
    path = next(cycle.submissions.iterdir())
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet2.xml"].decode()
    begin = sheet.index('<c r="F2"')
    end = sheet.index("</c>", begin)
    parts["xl/worksheets/sheet2.xml"] = (sheet[:begin] + '<c r="F2"><f>1+2</f><v>3</v>' + sheet[end:]).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    intake, rules = read(cycle)
    assert rules == []
    assert ("kpis", "K01", "numerator", 3.0, None) in said(intake)


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        (lambda t: t[: len(t) // 2], ["unreadable_file"]),
        (lambda _: "[]", ["not_a_submission"]),
        (lambda t: t.replace('"XAA"', '"xaa"'), ["bad_heading"]),
        (lambda t: t.replace('"revision": 1', '"revision": "1"'), ["bad_heading"]),
        (lambda t: t.replace('"revision": 1', '"revision": 0'), ["bad_revision"]),
        (lambda t: t.replace('"revision": 1,', '"revision": 1, "revision": 2,'), ["bad_heading"]),
        (lambda t: t.replace('"kpi_answers"', '"kpis"'), ["extra_column", "bad_heading"]),
        (lambda t: t.replace('"2024-03-01T10:00:00Z"', '"last week"'), ["bad_time"]),
        (lambda t: t.replace('"numerator": 3', '"numerator": [3]'), ["bad_item", "missing_figure"]),
        (lambda t: t.replace('"numerator": 3', '"nominator": 3'), ["extra_column", "missing_figure"]),
        (lambda t: t.replace('"numerator": 3', '"numerator": NaN'), ["not_a_number"]),
        (lambda t: t.replace('"kpi_answers": [', '"kpi_answers": [5,'), ["bad_item"]),
    ],
)  # fmt: skip
def test_what_goes_wrong_with_json(cycle: Cycle, change: Callable[[str], str], rules: list[str]) -> None:
    send(cycle, [DRAFT], "json")
    path = next(cycle.submissions.iterdir())
    text = change(path.read_text())
    assert text != path.read_text()
    path.write_text(text)
    assert sorted(read(cycle)[1]) == sorted(rules)


def test_what_the_json_schema_allows_loads(cycle: Cycle) -> None:
    send(cycle, [DRAFT], "json")
    document = json.loads(next(cycle.submissions.iterdir()).read_text())
    validator = jsonschema.Draft202012Validator(json_form.schema())
    validator.check_schema(json_form.schema())
    validator.validate(document)
    assert read(cycle)[1] == []
    document["kpi_answers"][0]["numerator"] = "three"
    assert not validator.is_valid(document)


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        (b"", ["empty_file"]),
        (b"member,kpi,status,variable,value,disclosure,revision,submitted_at\n", ["empty_file"]),
        ("member,kpi\nXAA,K01\n".encode("utf-16"), ["wrong_encoding"]),
        ("member,kpi,status,variable,value,disclosure,revision,submitted_at\nXAA,K06,é,,,,1,\n".encode("latin-1"), ["wrong_encoding"]),
        (b"member;kpi;status;variable;value;disclosure;revision;submitted_at\n", ["wrong_delimiter"]),
        (b"member,kpi,status,variable,figure,disclosure,revision,submitted_at\nXAA,K06,reported,value,1,,1,\n", ["renamed_header"]),
        (b"member,kpi,status,variable,value,disclosure,revision,submitted_at\nXAA,K06,reported,value,1\n", ["ragged_row"]),
        (b'member,kpi,status,variable,value,disclosure,revision,submitted_at\nXAA,K06,"reported,value,1,,1,\n', ["unreadable_file"]),
        (b"member,kpi,status,variable,value,disclosure,revision,submitted_at,by\nXAA,K06,reported,value,1,,1,,me\n", ["extra_column"]),
        (b"member,kpi,status,variable,value,disclosure,revision,submitted_at\nXAA,K06,reported,value,1,,one,\n", ["bad_revision"]),
        (b"member,kpi,status,variable,value,disclosure,revision,submitted_at\n,K06,reported,value,1,,1,\n", ["unknown_member"]),
        (b"member,kpi,status,variable,value,disclosure,revision,submitted_at\nXAA,K06,reported,value,1,,1,\nXAA,K06,reported,value,2,,1,\n",
         ["two_answers", "two_answers"]),
        (b"member,kpi,status,variable,value,disclosure,revision,submitted_at\nXAA,K06,reported,value,1,,1,\nXAA,K06,not_available,value,1,,1,\n",
         ["two_answers", "two_answers", "two_answers"]),
        (b"member,kpi,status,variable,value,disclosure,revision,submitted_at\nXAA,K06,,share,1,,1,\n", ["missing_figure", "unexpected_figure"]),
        (b"\xef\xbb\xbfMember,KPI,Status,Variable,Value,Disclosure,Revision,Submitted_at\nXAA,K06,reported,Value,1,,1,2024-03-01\n", []),
    ],
)  # fmt: skip
def test_what_goes_wrong_with_an_export(cycle: Cycle, data: bytes, rules: list[str]) -> None:
    (cycle.submissions / "kpi_answers.csv").write_bytes(data)
    found = read(cycle)[1]
    if "missing_figure" in rules:
        rules = [r for r in rules if r in found]
        assert "unexpected_figure" in rules
    assert sorted(found) == sorted(rules)


def test_a_parquet_export_cut_off_or_of_typed_columns(cycle: Cycle) -> None:
    columns = {"member": ["XAA"], "kpi": ["K06"], "status": ["reported"], "variable": ["value"], "value": [4.0], "revision": [1]}
    path = cycle.submissions / "kpi_answers.parquet"
    pq.write_table(pa.table(columns), path)
    intake, rules = read(cycle)
    assert rules == []
    assert ("kpis", "K06", "value", 4.0, None) in said(intake)
    path.write_bytes(path.read_bytes()[:-20])
    assert read(cycle)[1] == ["unreadable_file"]


FORMS = ("xlsx", "json", "csv", "parquet")
DAMAGE = st.tuples(st.integers(0, 10**6), st.binary(max_size=6), st.sampled_from(FORMS))


@settings(max_examples=6, deadline=None)
@example(damages=[(24, b"\x80", "parquet"), (697, b"\xe4", "parquet")])  # a text, and a column's name, that is not UTF-8
@given(damages=st.lists(DAMAGE, min_size=1, max_size=16))
def test_no_damage_to_a_file_stops_a_cycle(
    tmp_path_factory: pytest.TempPathFactory, damages: list[tuple[int, bytes, str]]
) -> None:
    home = new_home(tmp_path_factory.mktemp("damage") / "home")
    cycle = new_cycle(home, "c", {"XAA": {}})
    for number, (where, what, form) in enumerate(damages):
        send(cycle, [DRAFT], form, f"{number}_")
        path = sorted(cycle.submissions.glob(f"{number}_*"))[-1]
        data = path.read_bytes()
        at = where % len(data)
        path.write_bytes(data[:at] + what + data[at + 1 :])
    read(cycle)


def sent_with(read: Read) -> ReadFile:
    """What is sent of a file: the submissions that were judged, if any were."""
    return replace(read.file, submissions=[one.submission for one in read.judged]) if read.judged else read.file


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_an_export_is_read_in_pieces_and_each_answer_says_where_it_stands(
    cycle: Cycle, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    drafts = [DRAFT, Draft("XAB", "B", 1, SENT, DRAFT.kpis, DRAFT.instruments), Draft("XAA", "A", 2, SENT, {}, DRAFT.instruments)]
    send(cycle, drafts, suffix)
    tables = {}
    for path in sorted(cycle.submissions.iterdir()):
        # a Member's rows are not beside each other
        frame = pd.read_csv(path, dtype=str) if suffix == "csv" else pd.read_parquet(path)
        frame = tables[path.name] = frame.sample(frac=1, random_state=7).reset_index(drop=True)
        _ = frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path, row_group_size=3)
    whole, _ = read(cycle)
    monkeypatch.setattr(export, "PIECE_ROWS", 2)
    monkeypatch.setattr(export, "PIECE_BYTES", 5)
    found = [read_here(entry, cycle, frozenset()) for entry in entries(cycle.submissions)]
    answers = [(j.submission.member, j.submission.revision, a) for one in found for j in one.judged for a in j.answers]
    assert [a for *_, a in answers] == [a for j in whole.judged for a in j.answers]
    assert len(answers) == 2 * N_CELLS + 3
    # what goes from one process to another is the same there, of one submission, of several, and of none
    some = [*found, *(replace(one, judged=one.judged[:1]) for one in found), Read(found[0].file)]
    assert pickle.loads(pickle.dumps(some)) == [replace(one, file=sent_with(one)) for one in some]
    for member, revision, one in answers:
        assert one.place.row is not None
        assert one.place.column is not None
        row = tables[one.place.file].iloc[one.place.row - (2 if suffix == "csv" else 1)]  # a heading is a line of a CSV file
        code = row["kpi" if one.part == "kpis" else "instrument"]
        assert (row["member"], row["revision"], code, row[one.place.column]) == (member, str(revision), one.code, one.text)


def test_where_there_is_no_room_for_a_copy_no_file_is_blamed(cycle: Cycle, monkeypatch: pytest.MonkeyPatch) -> None:
    send(cycle, [DRAFT], "csv")

    class Full(tempfile.SpooledTemporaryFile):  # type: ignore[type-arg]
        def write(self, *_: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Full)
    with pytest.raises(OSError, match="No space left"):
        read_apart(entries(cycle.submissions), cycle, frozenset(), context=multiprocessing.get_context("fork"))


def test_a_character_that_is_cut_off_where_a_piece_ends_is_said(cycle: Cycle, monkeypatch: pytest.MonkeyPatch) -> None:
    data = "member\né".encode()[:-1]
    monkeypatch.setattr(export, "PIECE_BYTES", len(data))
    (cycle.submissions / "kpi_answers.csv").write_bytes(data)
    (found,) = (read_here(entry, cycle, frozenset()) for entry in entries(cycle.submissions))
    assert [(r.rule, r.message) for r in found.file.rejections] == [
        ("wrong_encoding", "The file is not UTF-8 (line 2); save it as CSV UTF-8.")
    ]
