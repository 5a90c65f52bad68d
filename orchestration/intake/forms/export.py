"""The platform export: two tables with all Members at once, `kpi_answers` and `instrument_answers`, as CSV or Parquet.

A row of `kpi_answers` is one figure; the KPI's status and disclosure stand again on each of its rows, and count once.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestration.intake.headings import BAD_REVISION, BAD_TIME, parse_revision, parse_time
from orchestration.intake.model import Cell, Part, Place, ReadFile, Rejection, Submission

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from orchestration.inputs.framework import Framework
    from orchestration.intake.forms.draft import Draft

TABLES: dict[str, tuple[Part, tuple[str, ...]]] = {
    "kpi_answers": (
        "kpis",
        ("member", "kpi", "status", "variable", "value", "disclosure", "revision", "submitted_at"),
    ),
    "instrument_answers": ("instruments", ("member", "instrument", "aware", "usage", "revision", "submitted_at")),
}
OPTIONAL = ("disclosure", "submitted_at")


def read(data: bytes, name: str, shown: str, sha256: str) -> ReadFile:
    """Read one table of an export; see `orchestration.intake.forms.read_file`.

    Args:
        data: the file's bytes.
        name: the file's own name, which says which table it is.
        shown: its name in messages.
        sha256: of its bytes.
    """
    stem, _, suffix = name.lower().rpartition(".")
    table = next((t for t in TABLES if stem.endswith(t)), None)
    if table is None:
        message = f"The name of an export ends in {' or '.join(f'{t}.{suffix}' for t in TABLES)}; rename the file."
        return _set_aside(shown, sha256, "unknown_form", message)
    rows = _parquet(data) if suffix == "parquet" else _csv(data)
    if isinstance(rows, _Unreadable):
        return _set_aside(shown, sha256, rows.rule, rows.message)
    return _Reader(table, shown, sha256).read(*rows)


@dataclass(frozen=True)
class _Unreadable:
    rule: str
    message: str


_Rows = tuple[list[str], "Iterable[tuple[int, Sequence[str | None]]]"]
"""Column names, then row number and cells; a cell is None where it is blank."""


def _set_aside(shown: str, sha256: str, rule: str, message: str) -> ReadFile:
    return ReadFile(shown, sha256, "export", (), (Rejection(Place(shown), None, rule, message),))


def _csv(data: bytes) -> _Rows | _Unreadable:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _Unreadable("wrong_encoding", "The file is UTF-16 ('Unicode text'); save it as CSV UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return _Unreadable("wrong_encoding", f"The file is not UTF-8 (line {line}); save it as CSV UTF-8.")
    if "\x00" in text:
        return _Unreadable("unreadable_file", "The file holds zero bytes, so it is not text; export it again.")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, Sequence[str | None]]] = []
    try:
        columns = next(reader, [])
        rows.extend((reader.line_num, [cell if cell.strip() else None for cell in row]) for row in reader if row)
    except csv.Error as error:
        message = f"The file is not CSV: {error} in line {reader.line_num}; it may be cut off. Export it again."
        return _Unreadable("unreadable_file", message)
    if len(columns) == 1 and (";" in columns[0] or "\t" in columns[0]):
        mark = "semicolons" if ";" in columns[0] else "tabs"
        return _Unreadable("wrong_delimiter", f"The columns are separated by {mark}; export with commas.")
    return columns, rows


def _parquet(data: bytes) -> _Rows | _Unreadable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(data))
        names = list(table.column_names)
    except UnicodeDecodeError:
        return _Unreadable("wrong_encoding", "The names of the columns are not UTF-8; export the file again.")
    except (pa.ArrowException, OSError, ValueError) as error:
        first = str(error).splitlines()[0]
        return _Unreadable("unreadable_file", f"The file is not Parquet or is cut off ({first}); export it again.")
    columns = []
    for name, column in zip(names, table.columns, strict=True):
        try:
            columns.append([_plain(value) for value in column.to_pylist()])
        except UnicodeDecodeError:
            return _Unreadable("wrong_encoding", f"The texts of column {name!r} are not UTF-8; export it again as UTF-8.")
        except Exception as error:  # whatever a stranger's file makes the library raise, the file is set aside
            return _Unreadable("unreadable_file", f"Column {name!r} can't be read ({error}); export it again.")
    return names, list(enumerate(zip(*columns, strict=True), start=1))


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = str(value)
    return text if text.strip() else None


@dataclass
class _Draft:
    """What is gathered of one Member and revision while the rows go by."""

    cells: list[Cell] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    times: list[dt.datetime] = field(default_factory=list)
    said: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    place: Place | None = None


class _Reader:
    def __init__(self, table: str, shown: str, sha256: str) -> None:
        self.table, self.shown, self.sha256 = table, shown, sha256
        self.part, self.columns = TABLES[table]
        self.drafts: dict[tuple[str, int], _Draft] = defaultdict(_Draft)
        self.rejections: list[Rejection] = []

    def read(self, columns: list[str], rows: Iterable[tuple[int, Sequence[str | None]]]) -> ReadFile:
        rows = list(rows)
        names = [name.strip().lower() for name in columns]
        missing = [c for c in self.columns if c not in names and c not in OPTIONAL]
        if missing:
            return self._renamed(missing, names, rows)
        extra = {i: columns[i] for i, name in enumerate(names) if name not in self.columns or name in names[:i]}
        at = {name: i for i, name in enumerate(names) if i not in extra}
        for index, name in extra.items():
            filled = [(n, row[index]) for n, row in rows if len(row) == len(names) and row[index] is not None]
            if filled:
                message = f"The column {name!r} is not part of the export and was not read."
                place = Place(self.shown, None, filled[0][0], name)
                self.rejections.append(Rejection(place, filled[0][1], "extra_column", message, len(filled)))
        for number, row in rows:
            if len(row) != len(names):
                message = (
                    f"Line {number} has {len(row)} columns, the heading {len(names)}; a text with a comma needs quotation "
                    f"marks, or the file is cut off."
                )
                n_cells = max(1, len(list(self._answers({c: row[i] for c, i in at.items() if i < len(row)}))))
                text = ",".join(cell or "" for cell in row)[:80]
                self.rejections.append(Rejection(Place(self.shown, None, number), text, "ragged_row", message, n_cells))
            else:
                self._row(number, {name: row[index] for name, index in at.items()})
        submissions = tuple(self._submission(member, revision, d) for (member, revision), d in self.drafts.items())
        return ReadFile(self.shown, self.sha256, "export", submissions, tuple(self.rejections))

    def _renamed(self, missing: list[str], names: list[str], rows: list[Any]) -> ReadFile:
        hints = {c: difflib.get_close_matches(c, [n for n in names if n not in self.columns], 1, 0.4) for c in missing}
        said = [f"{c!r}" + (f" (is it {hint[0]!r}?)" if hint else "") for c, hint in hints.items()]
        message = f"The heading has no column {', '.join(said)}; the columns are {', '.join(self.columns)}."
        n_cells = max(1, len(rows))
        rejection = Rejection(Place(self.shown, None, 1), None, "renamed_header", message, n_cells)
        return ReadFile(self.shown, self.sha256, "export", (), (rejection,))

    def _answers(self, row: dict[str, str | None]) -> Iterator[tuple[str, str, str]]:
        """The answer cells of a row: field, column it stands in, text."""
        if self.part == "instruments":
            pairs = [("aware", "aware"), ("usage", "usage")]
        else:
            variable = (row.get("variable") or "").strip().lower()
            pairs = [("status", "status"), (variable or "figure", "value"), ("disclosure", "disclosure")]
        for name, column in pairs:
            text = row.get(column)
            if text is not None:
                yield name, column, text

    def _row(self, number: int, row: dict[str, str | None]) -> None:
        member = (row["member"] or "").strip()
        revision = parse_revision(row["revision"])
        if not member or revision is None:
            column, rule = ("member", "unknown_member") if not member else ("revision", "bad_revision")
            message = "The row names no Member; fill in its ISO alpha-3 code." if not member else BAD_REVISION
            n_cells = max(1, len(list(self._answers(row))))
            place = Place(self.shown, None, number, column)
            self.rejections.append(Rejection(place, row[column], rule, message, n_cells))
            return
        draft = self.drafts[member, revision]
        draft.place = draft.place or Place(self.shown, None, number, "member")
        sent = row.get("submitted_at")
        if sent is not None:
            time = parse_time(sent)
            if time is None:
                place = Place(self.shown, None, number, "submitted_at")
                draft.rejections.append(Rejection(place, sent, "bad_time", BAD_TIME))
            else:
                draft.times.append(time)
        code = (row["kpi" if self.part == "kpis" else "instrument"] or "").strip()
        for name, column, text in self._answers(row):
            if name in ("status", "disclosure"):
                said = draft.said[code, name]
                if text.strip().lower() in said:
                    continue
                said.add(text.strip().lower())
            draft.cells.append(Cell(self.part, code, name, text, Place(self.shown, None, number, column)))

    def _submission(self, member: str, revision: int, draft: _Draft) -> Submission:
        return Submission(
            file=self.shown,
            form="export",
            member=member,
            revision=revision,
            submitted_at=max(draft.times, default=None),
            cycle=None,
            framework=None,
            covers=(self.part,),
            cells=tuple(draft.cells),
            rejections=tuple(draft.rejections),
            places={"member": draft.place} if draft.place else {},
        )


def write(folder: Path, prefix: str, suffix: str, framework: Framework, drafts: Iterable[Draft]) -> list[Path]:
    """Write drafts as a platform export.

    Args:
        folder: where.
        prefix: what the files' names begin with.
        suffix: `csv` or `parquet`.
        framework: whose KPIs say the order of a KPI's figures.
        drafts: the Members' answers.

    Returns:
        the two files written.
    """
    rows: dict[str, list[list[str | None]]] = {table: [] for table in TABLES}
    for draft in drafts:
        sent = None if draft.submitted_at is None else f"{draft.submitted_at.isoformat()}Z"
        tail = [str(draft.revision), sent]
        for code, answer in draft.kpis.items():
            figures: list[str | None] = [*(v for v in framework.kpis[code].variables if v in answer)] or [None]
            for variable in figures:
                value = None if variable is None else str(answer[variable])
                row = [draft.member, code, answer.get("status"), variable, value, answer.get("disclosure"), *tail]
                rows["kpi_answers"].append([None if cell is None else str(cell) for cell in row])
        for code, said in draft.instruments.items():
            rows["instrument_answers"].append([draft.member, code, said.get("aware"), said.get("usage"), *tail])
    written = []
    for table, (_, columns) in TABLES.items():
        path = folder / f"{prefix}{table}.{suffix}"
        if suffix == "csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(columns)
                writer.writerows(rows[table])
        else:
            import pyarrow as pa
            import pyarrow.parquet as pq

            arrays = list(zip(*rows[table], strict=True)) if rows[table] else [() for _ in columns]
            pq.write_table(pa.table({c: pa.array(a, pa.string()) for c, a in zip(columns, arrays, strict=True)}), path)
        written.append(path)
    return written
