"""No file stops the others: what cannot be read is set aside by name, within limits of time and memory."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.inputs.cycles import Cycle
from orchestration.inputs.home import Home
from orchestration.intake import processes
from orchestration.intake.folder import Entry, entries
from orchestration.intake.forms.draft import Draft
from orchestration.intake.received import Intake, read_cycle
from orchestration.warehouse.answer_tables import answer_tables
from orchestration.warm.workers import FORK_SERVER, warm_up
from tests.fuzz.cases import Fuzz, failures
from tests.lab import SENT, answer, new_cycle, send

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

DRAFT = Draft("XAA", "A", 1, SENT, {"K01": answer(numerator=3, denominator=4), "K06": answer(value=2)}, {"I01": {"aware": "yes"}})
KEPT = Path(__file__).parents[1] / "fuzz" / "kept.txt"


@pytest.fixture
def cycle(home: Home) -> Cycle:
    return new_cycle(home, "c", {"XAA": {}, "XAB": {}})


def read(cycle: Cycle) -> tuple[Intake, dict[str, list[str]]]:
    """What is read of a cycle, and by file the rules by which something was set aside; all of it can be stored."""
    intake = read_cycle(cycle)
    assert intake.defects == ()
    assert intake.n_cells == intake.n_loaded + intake.n_set_aside
    answer_tables(intake)
    rules: dict[str, list[str]] = {file.file: [] for file in intake.files}
    for _, rejection in intake.rejections():
        rules[rejection.place.file].append(rejection.rule)
    return intake, rules


def good_and(cycle: Cycle, name: str) -> Path:
    """A good file of one Member, and a workbook of another that a test changes."""
    send(cycle, [DRAFT], "json")
    send(cycle, [Draft("XAB", "B", 1, SENT, DRAFT.kpis, DRAFT.instruments)], "xlsx")
    path = cycle.submissions / name
    (cycle.submissions / "XAB_1.xlsx").rename(path)
    return path


def rewrite(path: Path, member: str, old: str, new: str) -> None:
    with zipfile.ZipFile(path) as archive:
        content = {info.filename: archive.read(info) for info in archive.infolist()}
    text = content[member].decode()
    assert old in text
    content[member] = text.replace(old, new, 1).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("area", ["F2:F3", "D2:H2", "C2:C5", "F1:G1", "A1:I60"])
def test_merged_cells_are_set_aside_and_the_others_load(cycle: Cycle, area: str) -> None:
    path = good_and(cycle, "b.xlsx")
    book = openpyxl.load_workbook(path)
    book["KPIs"].merge_cells(area)
    book.save(path)
    intake, rules = read(cycle)
    assert rules["XAA_1.json"] == []
    assert set(rules["b.xlsx"]) <= {
        "merged_cells",
        "missing_figure",
        "renamed_header",
        "unknown_kpi",
        "two_answers",
        "extra_column",
    }
    assert any(a.part == "instruments" for j in intake.judged if j.submission.file == "b.xlsx" for a in j.answers)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('sqref="D2:D', 'sqref="no cells D2:D'),  # a damaged list, which openpyxl refuses a workbook for
        ("<sheetData>", "<!-- <dataValidations> --><sheetData>"),
        ("<sheetData>", "<?note <dataValidations>?><sheetData>"),
        ("<sheetData>", "<dataValidations/><sheetData>"),
    ],
)
def test_drop_down_lists_neither_stop_a_workbook_nor_take_its_answers_along(cycle: Cycle, old: str, new: str) -> None:
    path = good_and(cycle, "b.xlsx")
    n_cells = read(cycle)[0].n_cells
    rewrite(path, "xl/worksheets/sheet2.xml", old, new)
    intake, rules = read(cycle)
    assert rules["b.xlsx"] == []
    assert intake.n_loaded == n_cells


def test_a_damaged_part_that_nobody_reads_stops_no_workbook(cycle: Cycle) -> None:
    path = good_and(cycle, "b.xlsx")
    n_cells = read(cycle)[0].n_cells
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("docProps/thumbnail.jpeg", b"a picture")
    path.write_bytes(path.read_bytes().replace(b"a picture", b"no picture"[:9]))
    intake, rules = read(cycle)
    assert rules["b.xlsx"] == []
    assert intake.n_loaded == n_cells


@pytest.mark.parametrize(("part", "root"), [("worksheets/sheet2", "<worksheet"), ("sharedStrings", "<sst")])
def test_a_workbook_with_entities_is_set_aside(cycle: Cycle, part: str, root: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    path = good_and(cycle, "b.xlsx")
    rewrite(path, f"xl/{part}.xml", root, f"{bomb}{root}")
    assert read(cycle)[1]["b.xlsx"] == ["unreadable_file"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        ("</sheetData>", '</sheetData><hyperlinks><hyperlink ref="A1:XFD1048576" location="x"/></hyperlinks>'),
        (
            "</sheetData>",
            "</sheetData><mergeCells>"
            + "".join(f'<mergeCell ref="A{n}:AZ{n + 4000}"/>' for n in range(1, 201))
            + "</mergeCells>",
        ),
        ("</sheetData>", "<!--" + " " * (70 * 2**20) + "--></sheetData>"),
    ],
)
def test_a_small_workbook_that_grows_is_set_aside_at_once(cycle: Cycle, old: str, new: str) -> None:
    path = good_and(cycle, "b.xlsx")
    rewrite(path, "xl/worksheets/sheet2.xml", old, new)
    assert path.stat().st_size < 2**18
    began = time.monotonic()
    _, rules = read(cycle)
    assert time.monotonic() - began < 8
    assert rules == {"XAA_1.json": [], "b.xlsx": [rules["b.xlsx"][0]]}
    assert rules["b.xlsx"][0] in ("cells_outside_the_form", "file_too_large")


def test_a_percentage_of_four_hundred_digits_is_no_figure(cycle: Cycle) -> None:
    path = good_and(cycle, "b.xlsx")
    book = openpyxl.load_workbook(path)
    cell = book["KPIs"]["F2"]
    cell.value, cell.number_format = 31_415, "0%"
    book.save(path)
    rewrite(path, "xl/worksheets/sheet2.xml", "<v>31415</v>", f"<v>{'9' * 400}</v>")
    _, rules = read(cycle)
    assert "percentage_format" in rules["b.xlsx"]


def test_an_archive_that_asks_for_an_unknown_version_is_set_aside(cycle: Cycle) -> None:
    path = good_and(cycle, "b.xlsx")
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 6] = 99
    path.write_bytes(data)
    assert read(cycle)[1] == {"XAA_1.json": [], "b.xlsx": ["unreadable_file"]}


@pytest.mark.parametrize("form", ["json", "csv", "parquet"])
@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-10:00"])
def test_times_past_the_calendar_are_no_times(cycle: Cycle, form: str, time: str) -> None:
    send(cycle, [DRAFT], form)
    for path in cycle.submissions.iterdir():
        if form == "parquet":
            table = pq.read_table(path)
            at = table.column_names.index("submitted_at")
            pq.write_table(table.set_column(at, "submitted_at", pa.array([time] * table.num_rows)), path)
        else:
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(f"{SENT.isoformat()}Z", time), encoding="utf-8")
    intake, rules = read(cycle)
    assert {rule for found in rules.values() for rule in found} == {"bad_time"}
    assert intake.n_loaded > 0


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"revision": "RAW:" + "9" * 5_000}, "bad_revision"),
        ({"cycle": "RAW:" + "[" * 300 + "]" * 300}, "bad_heading"),
        ({"cycle": "RAW:" + "[" * 900 + "]" * 900}, "unreadable_file"),
        ({"cycle": "RAW:" + "[" * 90_000 + "]" * 90_000}, "unreadable_file"),
        ({"member": "\ud800"}, "bad_heading"),
        ({"\ud800": "\udfff"}, "extra_column"),
        ({"kpi_answers": [{"kpi": "K01", "status": "\ud800", "numerator": "\udc00"}]}, "unknown_word"),
        ({f"key {n}": n for n in range(20_000)}, "extra_column"),
    ],
)
def test_json_that_no_system_writes(cycle: Cycle, change: dict[str, Any], rule: str) -> None:
    send(cycle, [DRAFT], "json")
    document = json.loads((cycle.submissions / "XAA_1.json").read_text(encoding="utf-8"))
    text = json.dumps(document | {"revision": 2} | change)
    for value in change.values():
        if isinstance(value, str) and value.startswith("RAW:"):
            text = text.replace(json.dumps(value), value[4:])
    (cycle.submissions / "b.json").write_text(text, encoding="utf-8")
    began = time.monotonic()
    intake, rules = read(cycle)
    assert time.monotonic() - began < 5
    assert rules["XAA_1.json"] == []
    assert rule in rules["b.json"]
    assert len(rules["b.json"]) < 100  # thousands of unknown keys are a few lines, and all counted
    if len(change) > 1_000:
        assert intake.n_set_aside == len(change)


def test_all_that_lies_in_the_folder_is_accounted_for(cycle: Cycle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send(cycle, [DRAFT], "json")
    folder = cycle.submissions
    (folder / "below").mkdir()
    (folder / "below" / "XAA_1.json").write_bytes((folder / "XAA_1.json").read_bytes())
    (folder / ".hidden").write_text("x", encoding="utf-8")
    os.mkfifo(folder / "pipe.json")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(folder)  # the name of a socket is short
        listener.bind("socket.json")
    (folder / "loop.json").symlink_to("loop.json")
    (folder / "same.json").symlink_to("XAA_1.json")
    secret = tmp_path / "secret.json"
    secret.write_bytes((folder / "XAA_1.json").read_bytes())
    (folder / "out.json").symlink_to(secret)
    (folder / "folder.xlsx").mkdir()
    (folder / "linked").symlink_to(folder / "below")
    (folder / "~$XAA_1.xlsx").write_bytes(b"\x05user" + b" " * 160)
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.json")).write_bytes((folder / "XAA_1.json").read_bytes())
    (folder / "caf\\udce9.json").write_bytes(b"{}")
    intake, rules = read(cycle)
    assert rules == {
        "XAA_1.json": [],
        "below/XAA_1.json": [],
        "same.json": [],
        "pipe.json": ["not_a_file"],
        "socket.json": ["not_a_file"],
        "loop.json": ["not_a_file"],
        "out.json": ["not_a_file"],
        "folder.xlsx": ["not_a_file"],
        "linked": ["not_a_file"],
        "~$XAA_1.xlsx": ["lock_file"],
        "caf\\udce9.json": rules["caf\\udce9.json"],
        "caf\\udce9.json (2)": [],
    }
    assert [j.state for j in intake.judged].count("accepted") == 1


def test_a_folder_that_can_t_be_opened_is_said(cycle: Cycle, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = cycle.submissions / "closed"
    closed.mkdir()
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root may open any
    assert [(e.shown, e.rule) for e in entries(cycle.submissions)] == [("closed", "unreadable_file")]


def test_a_huge_file_is_not_read(cycle: Cycle) -> None:
    for name in ("a.xlsx", "b.json", "c.csv", "d.bin"):
        with (cycle.submissions / name).open("wb") as file:
            file.truncate(5 * 2**30)  # takes no space
    began = time.monotonic()
    assert {rule for found in read(cycle)[1].values() for rule in found} == {"file_too_large"}
    assert time.monotonic() - began < 5


def raise_at(entry: Entry) -> None:
    if "raises" in entry.shown:
        raise RuntimeError("\ud800 a fault of the program")
    if "hangs" in entry.shown:
        time.sleep(600)
    if "grows" in entry.shown:
        bytearray(4 * 2**30)
    if "dies" in entry.shown:
        os._exit(9)
    killed = entry.path.with_name(".killed")
    if "unlucky" in entry.shown and not killed.exists():
        killed.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_file_on_which_the_program_fails_is_set_aside_by_name(cycle: Cycle, monkeypatch: pytest.MonkeyPatch) -> None:
    send(cycle, [DRAFT], "json")
    for name in ("raises", "hangs", "grows", "dies", "unlucky"):
        (cycle.submissions / f"{name}.json").write_text("{}", encoding="utf-8")
    read_here = processes.read_here

    def broken(entry: Entry, cycle: Cycle, members: frozenset[str]) -> processes.Read:
        raise_at(entry)
        return read_here(entry, cycle, members)

    monkeypatch.setattr(processes, "read_here", broken)
    monkeypatch.setattr(processes, "SECONDS", 3.0)
    found = processes.read_apart(entries(cycle.submissions), cycle, frozenset(), context=multiprocessing.get_context("fork"))
    by_name = {read.file.file: read for read in found}
    assert by_name.pop("XAA_1.json").judged
    # whose process was killed for another reason than what is in it: it is read again
    unlucky = by_name.pop("unlucky.json")
    assert unlucky.defect is None
    assert "reading_failed" not in {rejection.rule for rejection in unlucky.file.rejections}
    for name, read_ in by_name.items():
        (rejection,) = read_.file.rejections
        assert rejection.rule == "reading_failed"
        assert len(read_.file.sha256) == 64
        assert read_.defect is not None
        assert name in read_.defect
    said = {name: read_.file.rejections[0].message for name, read_ in by_name.items()}
    assert "RuntimeError: \\ud800 a fault of the program" in said["raises.json"]
    assert "more than 3 seconds" in said["hangs.json"]
    assert "MB of memory" in said["grows.json"]
    assert "broke a library" in said["dies.json"]


def _taken_by_little(taken: Connection) -> None:
    """Send how many bytes of addresses a process that reads files takes for an array of one megabyte."""

    def addresses() -> int:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")

    before = addresses()
    array = pa.array(range(2**17), pa.int64())
    taken.send((array.nbytes, addresses() - before))


def test_a_small_file_takes_little_of_the_memory_that_it_may() -> None:
    """What pyarrow reserves for later counts as taken: a gigabyte of it left nothing for one file in 300, by chance."""
    warm_up()
    receiving, sending = FORK_SERVER.Pipe(duplex=False)
    process = FORK_SERVER.Process(target=_taken_by_little, args=(sending,))
    process.start()
    sending.close()
    assert receiving.poll(60)
    n_bytes, taken = receiving.recv()
    process.join()
    assert n_bytes == 2**20
    assert taken < processes.MEMORY / 10


def test_mutated_files_neither_stop_the_others_nor_are_lost(home: Home) -> None:
    numbers = [int(line) for line in KEPT.read_text(encoding="utf-8").split() if line.isdigit()]
    assert failures(Fuzz(home), [*numbers, *range(300)]) == {}
