"""The workbook form: an .xlsx file per Member, written by `pmm template` and filled in by a National Contact Point.

Three sheets: `Submission` (label and value), `KPIs` and `Instruments` (a heading row, then a row an item).
"""

from __future__ import annotations

import datetime as dt
import difflib
import io
import math
import re
import zipfile
from typing import TYPE_CHECKING, Any

from openpyxl.utils import coordinate_to_tuple, get_column_letter

from orchestration.inputs.framework.model import DISCLOSURES
from orchestration.intake.forms import sheet_xml
from orchestration.intake.headings import BAD_REVISION, BAD_TIME, parse_revision, parse_time
from orchestration.intake.model import USAGE, Cell, Part, Place, ReadFile, Rejection, Submission, answer_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from openpyxl.cell.cell import Cell as SheetCell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from orchestration.inputs.cycles import Cycle
    from orchestration.inputs.framework import Framework
    from orchestration.intake.forms.draft import Draft

HEAD, KPIS, INSTRUMENTS = "Submission", "KPIs", "Instruments"
HEAD_LABELS = {
    "framework": "Framework",
    "cycle": "Cycle",
    "member": "Member",
    "revision": "Revision",
    "submitted_at": "Submitted at",
}
HEAD_OPTIONAL = ("framework", "submitted_at")
KPI_COLUMNS = {
    "code": "KPI",
    "name": "Name",
    "unit": "Unit",
    "status": "Status",
    "first_label": "First figure asked for",
    "first": "First figure",
    "second_label": "Second figure asked for",
    "second": "Second figure",
    "disclosure": "Disclosure",
}
INSTRUMENT_COLUMNS = {"code": "Instrument", "name": "Name", "aware": "Aware", "usage": "Use"}
LABELS = ("name", "unit", "first_label", "second_label")
"""Columns that explain, and are not read."""

MAX_ROWS, MAX_COLUMNS = 5_000, 60
"""How far a sheet is read: a stray cell at its far end must not make millions of blank ones."""
MAX_UNPACKED = 64 * 2**20
"""Bytes that a workbook may unpack to: an ordinary one is a megabyte."""
LARGEST_SHOWN = 1e300
"""Up to it a hundred times a number is one; workbooks can hold whole numbers of any length."""
MAX_AREA = 2 * MAX_ROWS * MAX_COLUMNS
"""Cells that the merged areas and hyperlinks of a sheet may cover, counted once each: the library makes an object of each."""
AREA = re.compile(rb"""<(?:\w+:)?(mergeCell|hyperlink)\b[^>]*?\bref\s*=\s*["']([A-Za-z0-9$:]+)["']""")
"""An area in a sheet's XML; that is never parsed before it is known to be small."""
LISTS = b"<dataValidations", b"</dataValidations>"
"""What a sheet's XML has beside its cells, and nobody reads here: its drop-down lists, which take the library a third of the time
that a workbook takes, and which it refuses a workbook for where they are damaged."""
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


# ---------------------------------------------------------------------------------------------------------------- read


def read(data: bytes, shown: str, sha256: str, framework: Framework) -> ReadFile:
    """Read a workbook; see `orchestration.intake.forms.read_file`."""
    fault = _unreadable(data)
    book = None
    if fault is None:
        data = _without_lists(data)
        book, fault = _load(data, with_results=False)
    if book is None:
        rule, message = fault or ("unreadable_file", "The workbook can't be read.")
        return ReadFile(shown, sha256, "workbook", (), (Rejection(Place(shown), None, rule, message),))
    return _Reader(book, data, shown, sha256, framework).read()


def stated_cycle(path: Path) -> str | None:
    """The cycle that a workbook says it is for, reading no more of it than its first sheet."""
    import openpyxl

    try:
        if _unreadable(path.read_bytes()) is not None:
            return None
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        for row in book[HEAD].iter_rows(max_row=50, max_col=2, values_only=True):
            if str(row[0]).strip().lower() == HEAD_LABELS["cycle"].lower() and len(row) > 1 and row[1]:
                return str(row[1]).strip()
    except Exception:  # a damaged workbook is reported when it is read
        return None
    return None


def _unreadable(data: bytes) -> tuple[str, str] | None:
    if data.startswith(OLE_MAGIC):
        return (
            "protected_or_old_workbook",
            "The workbook is protected by a password or is an old .xls; save it as .xlsx without a password.",
        )
    if not data.startswith(b"PK"):
        return "not_a_workbook", "The file's content is not a workbook, whatever its name says; save it as .xlsx."
    damaged = "unreadable_file", "The workbook is damaged or was cut off on its way; send it again."
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                return "file_too_large", "The workbook unpacks to more than any submission can hold."
            if "xl/workbook.xml" not in archive.namelist():
                return "not_a_workbook", "The file is an archive but not an Excel workbook; save it as .xlsx."
            for name in archive.namelist():
                if name.endswith(".xml") and (what := _too_large(archive.read(name))) is not None:
                    return "cells_outside_the_form", what
    except Exception:  # whatever a stranger's file makes the library raise, the file is set aside
        return damaged
    return None


def _too_large(xml: bytes) -> str | None:
    """That merged areas or hyperlinks cover more than any form has; None where they do not."""
    covered = {b"mergeCell": 0, b"hyperlink": 0}
    for kind, ref in AREA.findall(xml):
        first, _, last = ref.replace(b"$", b"").decode("ascii").upper().partition(":")
        try:
            (top, left), (bottom, right) = coordinate_to_tuple(first), coordinate_to_tuple(last or first)
        except (ValueError, KeyError):
            continue  # a whole column or row, which is no cell; the library says what is wrong with it
        covered[kind] += (abs(bottom - top) + 1) * (abs(right - left) + 1)
    for kind, noun in ((b"mergeCell", "Merged cells"), (b"hyperlink", "Hyperlinks")):
        if covered[kind] > MAX_AREA:
            message = "far more than the form has; copy the answers into a new template."
            return f"{noun} of a sheet cover {covered[kind]:,} cells, {message}"
    return None


def _without_lists(data: bytes) -> bytes:
    """A workbook without its drop-down lists; as it is where a part of it can't be copied."""
    plain = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(plain, "w") as target:
            for name in dict.fromkeys(archive.namelist()):
                content = archive.read(name)
                if name.startswith("xl/worksheets/"):
                    content = _cells_of(content)
                target.writestr(name, content)
    except Exception:  # a part that the library need not read may be damaged
        return data
    return plain.getvalue()


def _cells_of(xml: bytes) -> bytes:
    """A sheet's XML without its drop-down lists, of which a sheet has one element."""
    # what looks like one within a comment, an instruction or characters as they are is none
    if b"<!" in xml or xml.count(b"<?") > 1 or any(xml.count(tag) != 1 for tag in LISTS):
        return xml
    before, _, rest = xml.partition(LISTS[0])
    return before + rest.partition(LISTS[1])[2]


def _load(data: bytes, *, with_results: bool) -> tuple[Workbook | None, tuple[str, str] | None]:
    import openpyxl

    sheet_xml.use_it()
    try:
        return openpyxl.load_workbook(io.BytesIO(data), data_only=with_results), None
    except Exception as error:  # whatever a stranger's file makes the library raise, the file is set aside
        reason = f"{type(error).__name__}: {error}"
        return None, (
            "unreadable_file",
            f"The workbook is damaged ({reason}); open it, save it again as .xlsx and send it.",
        )


class _Concealed:
    """The cells of a sheet that a person does not see as they are read: merged with others, or hidden.

    Args:
        sheet: that is read.
        columns: numbers of the columns with answers.
    """

    def __init__(self, sheet: Worksheet, columns: Iterable[int]) -> None:
        self.merged = {
            (row, column)
            for area in sheet.merged_cells.ranges
            for row in range(area.min_row, min(area.max_row, MAX_ROWS) + 1)
            for column in range(area.min_col, min(area.max_col, MAX_COLUMNS) + 1)
        }
        self.hidden_columns = {
            index
            for index in columns
            if any(d.hidden and d.min and d.max and d.min <= index <= d.max for d in sheet.column_dimensions.values())
        }
        # the library makes an object of each row that is asked for
        self.hidden_rows = {number for number, dimension in sheet.row_dimensions.items() if dimension.hidden}

    def fault(self, cell: SheetCell, place: Place, text: str) -> Rejection | None:
        """Why an answer in this cell can't be taken as it stands; None where it can."""
        if (cell.row, cell.column) in self.merged:
            message = "The cell is merged with others; unmerge them and answer each row."
            return Rejection(place, text, "merged_cells", message)
        if cell.column in self.hidden_columns or cell.row in self.hidden_rows:
            which = f"column {get_column_letter(cell.column)}" if cell.column in self.hidden_columns else f"row {cell.row}"
            message = f"The answer stands in {which}, which is hidden; show it and check what it says."
            return Rejection(place, text, "hidden_cells", message)
        return None


class _Reader:
    def __init__(self, book: Workbook, data: bytes, shown: str, sha256: str, framework: Framework) -> None:
        self.book, self.data, self.shown, self.sha256, self.framework = book, data, shown, sha256, framework
        self.cells: list[Cell] = []
        self.rejections: list[Rejection] = []
        self.blanks: dict[str, Place] = {}
        self._results: Workbook | None = None

    def read(self) -> ReadFile:
        sheets = {sheet.title: sheet for sheet in self.book.worksheets}
        for name, other in sheets.items():
            if name not in (HEAD, KPIS, INSTRUMENTS):
                self._extra_sheet(name, other)
        head, faults = self._head(sheets.get(HEAD))
        covers: list[Part] = []
        parts: tuple[tuple[Part, str, dict[str, str]], ...] = (
            ("kpis", KPIS, KPI_COLUMNS),
            ("instruments", INSTRUMENTS, INSTRUMENT_COLUMNS),
        )
        for part, name, columns in parts:
            sheet: Worksheet | None = sheets.get(name)
            if sheet is None:
                near = difflib.get_close_matches(name, [n for n in sheets if n != HEAD], n=1)
                hint = f"; is it {near[0]!r}? Name it {name!r} again" if near else "; use the template"
                self._reject(Place(self.shown, name), None, "missing_sheet", f"The sheet {name!r} is missing{hint}.")
            elif self._table(part, sheet, columns):
                covers.append(part)
        if faults:
            n_cells = max(1, len(self.cells))
            first, *others = faults
            first = Rejection(first.place, first.value, first.rule, first.message, n_cells)
            return ReadFile(self.shown, self.sha256, "workbook", (), (*self.rejections, first, *others))
        submission = Submission(
            file=self.shown,
            form="workbook",
            member=str(head["member"][0]).strip(),
            revision=parse_revision(head["revision"][0]) or 0,
            submitted_at=parse_time(head["submitted_at"][0]) if "submitted_at" in head else None,
            cycle=str(head["cycle"][0]).strip(),
            framework=str(head["framework"][0]).strip() if "framework" in head else None,
            covers=tuple(covers),
            cells=tuple(self.cells),
            rejections=tuple(self.rejections),
            places=self.blanks | {what: place for what, (_, place) in head.items()},
        )
        return ReadFile(self.shown, self.sha256, "workbook", (submission,))

    def _reject(self, place: Place, value: str | None, rule: str, message: str, n_cells: int = 1) -> None:
        self.rejections.append(Rejection(place, value, rule, message, n_cells))

    def _extra_sheet(self, name: str, sheet: Worksheet) -> None:
        n_cells = max(1, sum(1 for row in self._rows(sheet) for cell in row if cell.value is not None))
        hidden = "hidden " if sheet.sheet_state != "visible" else ""
        message = (
            f"The {hidden}sheet {name!r} is not part of the form and was not read; "
            f"move what belongs in the form to its sheets, and delete it."
        )
        self._reject(Place(self.shown, name), None, "extra_sheet", message, n_cells)

    def _head(self, sheet: Worksheet | None) -> tuple[dict[str, tuple[Any, Place]], list[Rejection]]:
        if sheet is None:
            message = f"The sheet {HEAD!r} is missing, so nobody can tell whose answers these are; use the template."
            return {}, [Rejection(Place(self.shown, HEAD), None, "missing_sheet", message)]
        found: dict[str, tuple[Any, Place]] = {}
        by_label = {label.lower(): what for what, label in HEAD_LABELS.items()}
        for row in self._rows(sheet):
            for cell in row[1:]:
                if cell.value is None:
                    continue
                what = by_label.get(str(row[0].value).strip().lower())
                place = Place(self.shown, HEAD, cell.row, get_column_letter(cell.column))
                if what is None or cell.column != 2 or what in found:
                    text = _text(cell.value)
                    self._reject(place, text, "extra_cell", "This cell is not part of the form and was not read.")
                else:
                    found[what] = (cell.value, place)
        faults = []
        for what, label in HEAD_LABELS.items():
            if what not in found and what not in HEAD_OPTIONAL:
                message = f"{label!r} is blank or its label was changed; fill in column B beside the label {label!r}."
                faults.append(Rejection(Place(self.shown, HEAD, None, "B"), None, "missing_heading", message))
        if "revision" in found and parse_revision(found["revision"][0]) is None:
            value, place = found["revision"]
            faults.append(Rejection(place, _text(value), "bad_revision", BAD_REVISION))
        if "submitted_at" in found and parse_time(found["submitted_at"][0]) is None:
            value, place = found.pop("submitted_at")
            self._reject(place, _text(value), "bad_time", BAD_TIME)
        return found, faults

    def _table(self, part: Part, sheet: Worksheet, columns: dict[str, str]) -> bool:
        """Read a sheet of answers; False if it could not be read as one."""
        rows = list(self._rows(sheet))
        at, extra = self._headings(rows[0] if rows else (), columns)
        if (fault := self._sheet_fault(sheet, columns, at, extra)) is not None:
            n_cells = max(1, sum(1 for row in rows[1:] for cell in row if cell.value is not None))
            place, rule, message = fault
            self._reject(place, None, rule, message, n_cells)
            return False
        self._extra_columns(sheet, rows, set(at.values()))
        answers = {index: what for what, index in at.items() if what not in LABELS and what != "code"}
        concealed = _Concealed(sheet, answers)
        for row in rows[1:]:
            code_cell = row[at["code"] - 1]
            code = _text(code_cell.value).strip() if code_cell.value is not None else ""
            for index, what in answers.items():
                self._answer(sheet, part, code, what, row[index - 1], concealed)
        return True

    def _sheet_fault(
        self, sheet: Worksheet, columns: dict[str, str], at: dict[str, int], extra: list[SheetCell]
    ) -> tuple[Place, str, str] | None:
        """Why a sheet can't be read: place, rule and message; None if it can."""
        if sheet.sheet_state != "visible":
            message = f"The sheet {sheet.title!r} is hidden; show it, check what it says, and send it again."
            return Place(self.shown, sheet.title), "hidden_sheet", message
        missing = [label for what, label in columns.items() if what not in at and what not in LABELS]
        if not missing:
            return None
        names = [str(cell.value) for cell in extra if cell.value is not None]
        hints = [near[0] for label in missing if (near := difflib.get_close_matches(label, names, n=1, cutoff=0.4))]
        hint = f" (is it {', '.join(repr(h) for h in hints)}?)" if hints else ""
        message = (
            f"Row 1 of {sheet.title!r} has no column {', '.join(repr(m) for m in missing)}{hint}; "
            f"the sheet was not read. Put the template's headings back."
        )
        return Place(self.shown, sheet.title, 1), "renamed_header", message

    def _answer(self, sheet: Worksheet, part: Part, code: str, what: str, cell: SheetCell, concealed: _Concealed) -> None:
        """Read the cell of one answer: a blank one is remembered where the row has a code, another becomes a cell."""
        place = Place(self.shown, sheet.title, cell.row, get_column_letter(cell.column))
        field = self._field(part, code, what)
        if cell.value is None or not _text(cell.value).strip():
            if code:
                self.blanks[answer_key(part, code, field)] = place
            return
        text, fault = self._value(sheet, cell, place, is_figure=what in ("first", "second"))
        self.cells.append(Cell(part, code, field, text, place, concealed.fault(cell, place, text) or fault))

    @staticmethod
    def _headings(row: tuple[SheetCell, ...], columns: dict[str, str]) -> tuple[dict[str, int], list[SheetCell]]:
        by_label = {label.lower(): what for what, label in columns.items()}
        at: dict[str, int] = {}
        extra = []
        for cell in row:
            what = by_label.get(_text(cell.value).strip().lower()) if cell.value is not None else None
            if what is None or what in at:
                extra.append(cell)
            else:
                at[what] = cell.column
        return at, extra

    def _extra_columns(self, sheet: Worksheet, rows: list[tuple[SheetCell, ...]], known: set[int]) -> None:
        for index in range(1, len(rows[0]) + 1):
            if index in known:
                continue
            heading = rows[0][index - 1].value
            cells = [row[index - 1] for row in rows[1:] if row[index - 1].value is not None]
            if not cells and heading is None:
                continue
            letter = get_column_letter(index)
            name = f"{letter} ({_text(heading)!r})" if heading is not None else letter
            message = f"Column {name} is not part of the form and was not read; delete it, or use the form's columns."
            place = Place(self.shown, sheet.title, cells[0].row if cells else 1, letter)
            self._reject(place, _text(cells[0].value) if cells else None, "extra_column", message, max(1, len(cells)))

    def _field(self, part: Part, code: str, what: str) -> str:
        if part == "kpis" and what in ("first", "second"):
            kpi = self.framework.kpis.get(code)
            index = 0 if what == "first" else 1
            if kpi is not None and index < len(kpi.variables):
                return kpi.variables[index]
            return "second figure" if index else "first figure"
        return what

    def _value(self, sheet: Worksheet, cell: SheetCell, place: Place, *, is_figure: bool) -> tuple[str, Rejection | None]:
        value: Any = cell.value
        if cell.data_type == "f":
            formula = str(getattr(value, "text", value))
            value = self._result(sheet.title, cell)
            if value is None:
                message = "The cell holds a formula without a saved result; enter the figure itself."
                return formula, Rejection(place, formula, "formula_without_result", message)
            if isinstance(value, str) and value.startswith("#"):
                message = f"The cell's formula gives the error {value}; enter the figure itself."
                return value, Rejection(place, value, "error_value", message)
        text = _text(value)
        if cell.data_type == "e":
            message = f"The cell shows the error {text}; enter the figure itself."
            return text, Rejection(place, text, "error_value", message)
        if is_figure and isinstance(value, dt.date | dt.time):
            message = f"The cell holds a date ({text}); set its format to Number and enter the figure again."
            return text, Rejection(place, text, "date_in_number", message)
        if is_figure and isinstance(value, int | float) and "%" in str(cell.number_format):
            shown = f"shows {100 * float(value):g}% but" if abs(value) <= LARGEST_SHOWN else "has a percentage format and"
            message = f"The cell {shown} holds {text}; set its format to Number and enter the figure in the unit asked for."
            return text, Rejection(place, text, "percentage_format", message)
        return text, None

    def _result(self, sheet: str, cell: SheetCell) -> Any:
        """A formula's result as it was saved; the workbook is read a second time only where there are formulas."""
        if self._results is None:
            self._results, _ = _load(self.data, with_results=True)
        return None if self._results is None else self._results[sheet].cell(cell.row, cell.column).value

    def _rows(self, sheet: Worksheet) -> Iterator[tuple[SheetCell, ...]]:
        if sheet.max_row > MAX_ROWS or sheet.max_column > MAX_COLUMNS:
            message = (
                f"The sheet reaches to row {sheet.max_row}, column {sheet.max_column}; it was read to row {MAX_ROWS}, "
                f"column {MAX_COLUMNS}. Delete what stands outside the form."
            )
            rejection = Rejection(Place(self.shown, sheet.title), None, "cells_outside_the_form", message)
            if rejection not in self.rejections:
                self.rejections.append(rejection)
        last_column = min(max(sheet.max_column, 2), MAX_COLUMNS)
        yield from sheet.iter_rows(max_row=min(sheet.max_row, MAX_ROWS), max_col=last_column)  # type: ignore[misc]


def _text(value: Any) -> str:
    """A cell's value as text: numbers as Python writes them shortest, whole ones without a point."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return str(value)


# --------------------------------------------------------------------------------------------------------------- write

INSTRUCTIONS = (
    "How to fill in this workbook",
    "1. On this sheet check the Member and the revision (1; raise it by one each time you send a corrected workbook).",
    "2. On the sheet KPIs choose a status for every KPI: 'reported' with its figures, 'not applicable' where the KPI does "
    "not apply to your administration, 'not available' where you cannot measure it. Never enter zero for a missing figure.",
    "3. Write figures as plain numbers with a decimal point (1234.5), without thousands separators or percent signs.",
    "4. T is the reporting year of the cycle, T-1 the year before it.",
    "5. Disclosure: leave it blank for the KPI's own level, or choose a narrower one (public, wco, member).",
    "6. On the sheet Instruments say for each instrument whether you are aware of it, and how you use it.",
    "7. Grey cells are locked. Please do not add, rename, merge or hide sheets and columns.",
    "Before you send it: pmm check FILE tells you what would be set aside, and why.",
)
SHOWN_WORDS = {
    "not_applicable": "not applicable",
    "not_available": "not available",
    "in_use": "in use",
    "plans_to_use": "plans to use",
    "no_plans": "no plans",
}


def write(path: Path, cycle: Cycle, draft: Draft) -> None:
    """Write a workbook with drop-downs and locked labels; with the draft's answers filled in, if it has any.

    The same draft gives the same bytes.
    """
    import xlsxwriter

    framework = cycle.framework
    book = xlsxwriter.Workbook(path)
    book.set_properties({"title": f"{framework.name}: {cycle.name}", "created": dt.datetime(2000, 1, 1)})
    style = {
        "title": book.add_format({"bold": True, "font_size": 14, "font_color": "#1F3864"}),
        "heading": book.add_format({"bold": True, "bg_color": "#1F3864", "font_color": "white", "text_wrap": True,
                                    "valign": "top", "border": 1}),
        "label": book.add_format({"bg_color": "#EDEDED", "text_wrap": True, "valign": "top", "border": 1,
                                  "border_color": "#BFBFBF"}),
        "input": book.add_format({"locked": False, "valign": "top", "border": 1, "border_color": "#7F7F7F",
                                  "bg_color": "#FFFDE7"}),
        "date": book.add_format({"locked": False, "num_format": "yyyy-mm-dd hh:mm:ss", "align": "left", "border": 1,
                                 "bg_color": "#FFFDE7"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "off": book.add_format({"bg_color": "#D9D9D9"}),
    }  # fmt: skip
    _write_head(book, style, cycle, draft)
    _write_kpis(book, style, framework, draft)
    _write_instruments(book, style, framework, draft)
    book.close()


def _write_head(book: Any, style: dict[str, Any], cycle: Cycle, draft: Draft) -> None:
    sheet = book.add_worksheet(HEAD)
    _fit_to_page(sheet)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 110)
    sheet.write(0, 0, f"{cycle.framework.name}: submission of {draft.name}", style["title"])
    values: dict[str, Any] = {
        "framework": cycle.framework.code,
        "cycle": cycle.name,
        "member": draft.member,
        "revision": draft.revision,
        "submitted_at": draft.submitted_at,
    }
    for row, (what, label) in enumerate(HEAD_LABELS.items(), start=2):
        sheet.write(row, 0, label, style["label"])
        if what in ("revision", "submitted_at"):
            cell_style = style["date"] if what == "submitted_at" else style["input"]
            if values[what] is None:
                sheet.write_blank(row, 1, None, cell_style)
            elif what == "submitted_at":
                sheet.write_datetime(row, 1, values[what], cell_style)
            else:
                sheet.write_number(row, 1, values[what], cell_style)
        else:
            sheet.write_string(row, 1, values[what], style["label"])
    sheet.data_validation(5, 1, 5, 1, {"validate": "integer", "criteria": ">=", "value": 1, "error_message": BAD_REVISION})
    origin = cycle.file.data_origin
    if origin == "synthetic":
        sheet.write(8, 0, "Synthetic sample cycle: no figure in it is of a real administration.", style["title"])
    for row, line in enumerate(INSTRUCTIONS, start=10):
        sheet.write(row, 0, line)
    sheet.protect()


def _write_kpis(book: Any, style: dict[str, Any], framework: Framework, draft: Draft) -> None:
    sheet = book.add_worksheet(KPIS)
    _fit_to_page(sheet)
    for column, width in enumerate((7, 52, 9, 15, 60, 16, 60, 16, 12)):
        sheet.set_column(column, column, width)
    for column, label in enumerate(KPI_COLUMNS.values()):
        sheet.write(0, column, label, style["heading"])
    at = {what: column for column, what in enumerate(KPI_COLUMNS)}
    statuses = ["reported", "not applicable", "not available"]
    last = len(framework.kpis)
    sheet.data_validation(1, at["status"], last, at["status"], {"validate": "list", "source": statuses})
    for row, kpi in enumerate(framework.kpis.values(), start=1):
        answer = draft.kpis.get(kpi.kpi, {})
        longest = max(len(text) for text in (kpi.name, *(kpi.label(variable) for variable in kpi.variables)))
        sheet.set_row(row, 15 * math.ceil(longest / 52))
        for what, text in (("code", kpi.kpi), ("name", kpi.name), ("unit", kpi.unit)):
            sheet.write_string(row, at[what], text, style["label"])
        narrower = list(DISCLOSURES[DISCLOSURES.index(kpi.disclosure) :])
        sheet.data_validation(row, at["disclosure"], row, at["disclosure"], {"validate": "list", "source": narrower})
        _put(sheet, row, at["status"], answer.get("status"), style["input"])
        _put(sheet, row, at["disclosure"], answer.get("disclosure"), style["input"])
        for index, (label, figure) in enumerate((("first_label", "first"), ("second_label", "second"))):
            if index < len(kpi.variables):
                variable = kpi.variables[index]
                sheet.write_string(row, at[label], kpi.label(variable), style["label"])
                _put(sheet, row, at[figure], answer.get(variable), style["input"])
                criteria: dict[str, Any] = {"validate": "decimal", "error_message": "A plain number, such as 1234.5"}
                bound = {"criteria": "between", "minimum": -1e300, "maximum": 1e300}
                if not kpi.allows_negative:
                    bound = {"criteria": ">=", "value": 0}
                sheet.data_validation(row, at[figure], row, at[figure], criteria | bound)
            else:
                sheet.write_blank(row, at[label], None, style["label"])
                sheet.write_blank(row, at[figure], None, style["label"])
    off = {"type": "formula", "criteria": '=LEFT($D2,4)="not "', "format": style["off"]}
    sheet.conditional_format(1, at["first"], last, at["first"], off)
    sheet.conditional_format(1, at["second"], last, at["second"], off)
    sheet.freeze_panes(1, 2)
    sheet.repeat_rows(0)
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _write_instruments(book: Any, style: dict[str, Any], framework: Framework, draft: Draft) -> None:
    sheet = book.add_worksheet(INSTRUMENTS)
    _fit_to_page(sheet)
    for column, width in enumerate((12, 90, 10, 16)):
        sheet.set_column(column, column, width)
    for column, label in enumerate(INSTRUMENT_COLUMNS.values()):
        sheet.write(0, column, label, style["heading"])
    last = len(framework.instruments)
    if last:
        sheet.data_validation(1, 2, last, 2, {"validate": "list", "source": ["yes", "no"]})
        sheet.data_validation(1, 3, last, 3, {"validate": "list", "source": [SHOWN_WORDS[word] for word in USAGE]})
    for row, instrument in enumerate(framework.instruments.values(), start=1):
        answer = draft.instruments.get(instrument.instrument, {})
        sheet.write_string(row, 0, instrument.instrument, style["label"])
        sheet.write_string(row, 1, instrument.name, style["label"])
        _put(sheet, row, 2, answer.get("aware"), style["input"])
        _put(sheet, row, 3, answer.get("usage"), style["input"])
    sheet.freeze_panes(1, 1)
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _put(sheet: Any, row: int, column: int, value: str | float | None, style: Any) -> None:
    if value is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, SHOWN_WORDS.get(value, value), style)
    else:
        sheet.write_number(row, column, value, style)


def _fit_to_page(sheet: Any) -> None:
    """As wide as a page, for whoever prints the form to collect figures."""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
