"""Files as nobody should send them: good ones of all three forms, changed by a random number."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Sequence
from itertools import count
from random import Random
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.inputs.home import Home
from orchestration.intake.folder import entries
from orchestration.intake.processes import read_apart
from orchestration.intake.received import Intake
from orchestration.intake.revisions import which_count
from orchestration.warehouse.answer_tables import answer_tables
from tests.lab import figures, made_drafts, new_cycle, send

MEMBERS = ("XAA", "XAB", "XAC")
ODD = (
    "", " ", "0", "-0", "-1", "1e400", "1e-400", "NaN", "Infinity", "9" * 400, "9" * 5_000, "0x10", "1,5", "1.234,5", "½", "٣",
    "=1+1", "=cmd|' /C calc'!A0", "@x", "\x00", "\x1b[2J", "\u202e", "\ufeff", "\ud800", "\U0001f600", "[/x]", "[bold]", "<b>",
    "<script>alert(1)</script>", "a" * 40_000, "{{ x }}", "%s", "../../etc/passwd", "'; drop table x; --", "TRUE", "null",
    "reported", "not applicable", "public", "member", "in use", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-10:00",
    "2024-02-30", "1900-01-00", "K01", "I01", "#REF!", "#DIV/0!",
)  # fmt: skip


class Fuzz:
    """Makes cases from good files."""

    def __init__(self, home: Home) -> None:
        self.cycle = new_cycle(home, "c", {member: {} for member in MEMBERS})
        rng = Random(0)
        drafts = made_drafts(
            self.cycle.framework,
            MEMBERS,
            lambda kpi: figures(kpi, rng.randrange(1, 99)) if rng.random() < 0.8 else {"status": "not_applicable"},
            lambda _: {"aware": "yes", "usage": rng.choice(["in_use", "no_plans"])},
        )
        self.good: list[tuple[str, bytes]] = []
        for form in ("xlsx", "json", "csv", "parquet"):
            send(self.cycle, drafts, form)
        for path in sorted(p for p in self.cycle.submissions.rglob("*") if p.is_file()):
            self.good.append((path.name, path.read_bytes()))
        shutil.rmtree(self.cycle.submissions)

    def make(self, number: int) -> tuple[str, bytes]:
        """The case of a number: a file's name and bytes."""
        rng = Random(number)
        name, data = rng.choice(self.good)
        suffix = name.rpartition(".")[2]
        ways: Sequence[Callable[[Random, bytes], bytes]] = {
            "xlsx": [_bytes, _in_archive, _in_archive, _in_archive, _cells, _cells],
            "json": [_bytes, _document, _document, _document],
            "csv": [_bytes, _lines, _lines],
            "parquet": [_bytes, _table, _table],
        }[suffix]
        for step in range(rng.choice([1, 1, 1, 2, 3])):
            # only a good workbook is opened: what is made here of a bad one may not end
            possible = [way for way in ways if step == 0 or way is not _cells]
            try:
                data = rng.choice(possible)(rng, data)
            except Exception:  # what one change has broken, the next can't open
                data = _bytes(rng, data)
        if rng.random() < 0.05:
            name = name.replace(suffix, rng.choice(["xlsx", "json", "csv", "parquet", "xls", "xlsm", "pdf", ""]))
        return f"{number:09}_{name}", data


def failures(fuzz: Fuzz, numbers: list[int], rules: Any = None) -> dict[int, str]:
    """Read cases as a refresh does.

    Args:
        fuzz: makes them.
        numbers: of the cases.
        rules: a counter of what was set aside, by rule.

    Returns:
        why, by number, for the cases that the program failed on.
    """
    folder = fuzz.cycle.submissions
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number in numbers:
        name, data = fuzz.make(number)
        (folder / name).write_bytes(data)
    found = read_apart(entries(folder), fuzz.cycle, frozenset())
    failed = {}
    for number, read in zip(numbers, found, strict=True):
        aside = [*read.file.rejections, *(r for one in read.judged for r in one.rejections)]
        if rules is not None:
            rules.update(r.rule for r in aside)
        if read.defect is not None:
            failed[number] = read.defect
        elif any(one.n_cells != one.n_loaded + one.n_set_aside for one in read.judged):
            failed[number] = "cells received are not those loaded and set aside"
        elif not aside and not read.judged:
            failed[number] = "nothing was said of the file"
        else:
            judged, counts = which_count(read.judged)
            try:
                answer_tables(Intake(fuzz.cycle, (read.file,), tuple(judged), counts))
            except Exception as error:
                failed[number] = f"what was read can't be stored: {error!r}"[:300]
    return failed


def _bytes(rng: Random, data: bytes) -> bytes:
    """Bytes changed, taken out, doubled or cut off."""
    found = bytearray(data or b"x")
    for _ in range(rng.choice([1, 3, 20])):
        at = rng.randrange(len(found)) if found else 0
        way = rng.randrange(5)
        if way == 0 and found:
            found[at] = rng.randrange(256)
        elif way == 1:
            del found[at : at + rng.choice([1, 10, 1000])]
        elif way == 2:
            found[at:at] = found[at : at + rng.choice([1, 10, 1000])]
        elif way == 3:
            found[at:at] = rng.choice([b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b",", b"\n", b"<", b"&#0;", rng.randbytes(8)])
        elif rng.random() < 0.2:
            del found[at:]
    return bytes(found)


def _in_archive(rng: Random, data: bytes) -> bytes:
    """A member of the archive changed, taken out or doubled; or the archive's own records."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    at = rng.randrange(len(members))
    name, content = members[at]
    way = rng.random()
    if way < 0.1:
        del members[at]
    elif way < 0.15:
        members.append((name, content))
    elif way < 0.3:
        members[at] = (name, _bytes(rng, content))
    else:
        members[at] = (name, _xml(rng, content.decode("utf-8", "replace")).encode("utf-8", "surrogatepass"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    packed = bytearray(out.getvalue())
    if rng.random() < 0.1:
        # the version that is needed, the method, the flags or the sizes of a member
        for match in list(re.finditer(rb"PK\x01\x02|PK\x03\x04", bytes(packed)))[: rng.choice([1, 99])]:
            packed[match.start() + rng.randrange(4, 30)] = rng.choice([0, 1, 99, 255])
    return bytes(packed)


def _xml(rng: Random, text: str) -> str:
    """Attributes and texts replaced, elements taken out, doubled, merged or made to reach far."""
    for _ in range(rng.choice([1, 1, 3, 10])):
        way = rng.randrange(7)
        if way == 0:
            found = list(re.finditer(r'="([^"]*)"', text))
            if found:
                one = rng.choice(found)
                value = (
                    rng.choice([*ODD, "A1:XFD1048576", "A1:A2", "F2:F3", "-5", "4294967296"])
                    .replace("<", "&lt;")
                    .replace('"', "")
                )
                text = text[: one.start(1)] + value + text[one.end(1) :]
        elif way == 1:
            found = list(re.finditer(r">([^<>]+)<", text))
            if found:
                one = rng.choice(found)
                text = text[: one.start(1)] + rng.choice(ODD).replace("<", "&lt;") + text[one.end(1) :]
        elif way in (2, 3):
            found = list(re.finditer(r"<(\w+)\b[^<>]*?(/>|>[^<>]*</\1>)", text))
            if found:
                one = rng.choice(found)
                text = text[: one.start()] + one.group() * (0 if way == 2 else rng.choice([2, 50])) + text[one.end() :]
        elif way == 4:
            area = rng.choice(["F2:F3", "D2:H2", "C2:C5", "F1:G1", "A1:XFD1048576", "A:A", "1:1", "B2", "Z9:A1", "A1:IV60000"])
            element = rng.choice(
                [
                    f'<mergeCells count="1"><mergeCell ref="{area}"/></mergeCells>',
                    f'<hyperlinks><hyperlink ref="{area}" location="x"/></hyperlinks>',
                    f'<dataValidations><dataValidation sqref="{area}" type="list"/></dataValidations>',
                ]
            )
            text = text.replace("</sheetData>", f"</sheetData>{element}", 1)
        elif way == 5:
            text = text.replace("<row ", f'<row hidden="1" s="{rng.choice(["0", "9999", "x"])}" ', rng.choice([1, 5]))
        else:
            entity = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
            text = text.replace("?>", f"?>{entity}", 1).replace("<v>", "<v>&b;", 1)
    return text


def _cells(rng: Random, data: bytes) -> bytes:
    """Cells changed as a person with Excel would: values, formats, merges, formulas, sheets."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    for _ in range(rng.choice([1, 5, 30])):
        sheet = rng.choice(book.worksheets)
        cell = sheet.cell(rng.randrange(1, 60), rng.randrange(1, 11))
        way = rng.randrange(9)
        if way == 0:
            top, left = rng.randrange(1, 12), rng.randrange(1, 9)
            sheet.merge_cells(
                start_row=top, start_column=left, end_row=top + rng.randrange(3), end_column=left + rng.randrange(3)
            )
        elif way == 1:
            cell.number_format = rng.choice(["0%", "0.00%", "@", "yyyy-mm-dd", "[h]:mm", "General", ";;;"])
        elif way == 2:
            sheet.title = rng.choice(["KPIs ", "kpis", "Instruments", "x", "Submission2"])
        elif way == 3:
            sheet.sheet_state = rng.choice(["hidden", "veryHidden", "visible"])
        elif way == 4:
            sheet.column_dimensions[rng.choice("ABCDEFGHI")].hidden = True
        elif way == 5:
            sheet.insert_rows(rng.randrange(1, 9))
        elif way == 6:
            sheet.delete_cols(rng.randrange(1, 9))
        elif isinstance(cell, openpyxl.cell.cell.Cell):
            cell.value = _value(rng)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _value(rng: Random) -> Any:
    text = rng.choice([t for t in ODD if t.isprintable()])
    return rng.choice([text[:30_000], 1.5, 10**40, 10**400, True, None, -3, 0, 1e308, "=A1"])


def _document(rng: Random, data: bytes) -> bytes:
    """Values and keys of a JSON document replaced, doubled, nested or many."""
    document = json.loads(data)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
            places.append((node, key))
            walk(value)

    walk(document)
    for _ in range(rng.choice([1, 1, 3, 10])):
        node, key = rng.choice(places)
        deep: Any = "x"
        for _ in range(rng.choice([1, 50, 900])):
            deep = [deep] if rng.random() < 0.5 else {"a": deep}
        try:
            node[key] = rng.choice([rng.choice(ODD), 1e308, -1, 10**400, True, None, [], {}, deep, [1] * 1_000])
            if isinstance(node, dict) and rng.random() < 0.3:
                node |= {f"{rng.choice(ODD)[:50]}{i}": 1 for i in range(rng.choice([1, 5_000]))}
        except (KeyError, IndexError, TypeError):
            continue
    text = json.dumps(document)
    if rng.random() < 0.2:
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(['"cycle": "c",', "[" * 2_000, "9" * 5_000, "\\ud800", "}", "NaN"]) + text[at:]
    return text.encode()


def _lines(rng: Random, data: bytes) -> bytes:
    """Cells and lines of CSV replaced, doubled, taken out; other marks between them."""
    lines = [line.split(",") for line in data.decode().splitlines()]
    for _ in range(rng.choice([1, 5, 50])):
        line = rng.choice(lines)
        way = rng.randrange(5)
        if way < 3 and line:
            line[rng.randrange(len(line))] = rng.choice(ODD)
        elif way == 3:
            lines.append(list(line))
        elif len(lines) > 1:
            lines.remove(line)
    mark = rng.choice([",", ",", ",", ",", ";", "\t"])
    end = rng.choice(["\n", "\n", "\r\n", "\r"])
    return end.join(mark.join(line) for line in lines).encode("utf-8", "surrogatepass")


def _table(rng: Random, data: bytes) -> bytes:
    """A Parquet table with other values, types, names and columns."""
    table = pq.read_table(io.BytesIO(data))
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    types: dict[str, pa.DataType] = {}
    for _ in range(rng.choice([1, 2, 5])):
        if not columns:
            break
        name = rng.choice(list(columns))
        n, way = len(columns[name]), rng.randrange(8)
        if way == 0:
            columns[name] = [rng.choice(ODD).encode("utf-8", "replace").decode() for _ in range(n)]
        elif way == 1:
            columns[name], types[name] = (
                [rng.choice([0.5, 1e308, float("nan"), float("inf"), None]) for _ in range(n)],
                pa.float64(),
            )
        elif way == 2:
            columns[name], types[name] = [rng.randbytes(6) for _ in range(n)], pa.binary()
        elif way == 3:
            columns[name], types[name] = (
                [rng.randrange(-(2**62), 2**62) for _ in range(n)],
                pa.timestamp(rng.choice(["s", "us", "ns"])),
            )
        elif way == 4:
            columns[name], types[name] = [[1, [2]][:1] for _ in range(n)], pa.list_(pa.int64())
        elif way == 5:
            columns.pop(name)
        elif way == 6:
            columns[f"{name}{next(count())}"] = columns[name]
        else:
            columns[name], types[name] = [rng.randrange(10**6) for _ in range(n)], pa.int64()
    arrays = {name: pa.array(values, types.get(name)) for name, values in columns.items()}
    out = io.BytesIO()
    pq.write_table(pa.table(arrays), out, compression=rng.choice(["snappy", "zstd", "none"]))
    return out.getvalue()
