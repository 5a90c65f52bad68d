"""The platform export: two tables with all Members at once, `kpi_answers` and `instrument_answers`, as CSV or Parquet.

A row of `kpi_answers` is one figure; the KPI's status and disclosure stand again on each of its rows, and count once.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import functools
import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, overload

import numpy as np
import pyarrow as pa

from orchestration.intake.forms.unreadable import UnreadableError
from orchestration.intake.headings import BAD_REVISION, BAD_TIME, parse_revision, parse_time
from orchestration.intake.model import Cell, Part, Place, ReadFile, Rejection, Submission

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator
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


def read(file: BinaryIO, name: str, shown: str, sha256: str) -> ReadFile:
    """Read one table of an export, in pieces; see `orchestration.intake.forms.read_file`.

    Args:
        file: the file's bytes, which nobody changes.
        name: the file's own name, which says which table it is.
        shown: its name in messages.
        sha256: of its bytes.
    """
    stem, _, suffix = name.lower().rpartition(".")
    table = next((t for t in TABLES if stem.endswith(t)), None)
    try:
        if table is None:
            message = f"The name of an export ends in {' or '.join(f'{t}.{suffix}' for t in TABLES)}; rename the file."
            raise UnreadableError("unknown_form", message)
        return _Reader(table, shown, sha256).read(*(_parquet(file) if suffix == "parquet" else _csv(file)))
    except UnreadableError as fault:
        return ReadFile(shown, sha256, "export", (), (Rejection(Place(shown), None, fault.rule, fault.message),))


_Rows = tuple[list[str], "Iterator[tuple[int, Sequence[str | None]]]"]
"""Column names, then row number and cells; a cell is None where it is blank."""

PIECE_BYTES, PIECE_ROWS = 2**20, 20_000
"""How much of a file is worked on at once."""


def _csv(file: BinaryIO) -> _Rows:
    _check_text(file)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    reader = csv.reader(text, strict=True)

    def line() -> list[str] | None:
        try:
            return next(reader, None)
        except csv.Error as error:
            message = f"The file is not CSV: {error} in line {reader.line_num}; it may be cut off. Export it again."
            raise UnreadableError("unreadable_file", message) from error

    columns = line() or []

    def rows() -> Iterator[tuple[int, Sequence[str | None]]]:
        while (row := line()) is not None:
            if row:
                yield reader.line_num, [cell if cell.strip() else None for cell in row]

    if len(columns) == 1 and (";" in columns[0] or "\t" in columns[0]):
        mark = "semicolons" if ";" in columns[0] else "tabs"
        for _ in rows():  # where it is no CSV at all, that is what to say
            pass
        raise UnreadableError("wrong_delimiter", f"The columns are separated by {mark}; export with commas.")
    return columns, rows()


def _check_text(file: BinaryIO) -> None:
    """Look through a file, from its beginning and back to it, for what is not text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, has_zero = 1, False
    for piece in itertools.chain(iter(lambda: file.read(PIECE_BYTES), b""), [b""]):
        if line == 1 and piece[:2] in (b"\xff\xfe", b"\xfe\xff") and file.tell() == len(piece):
            raise UnreadableError("wrong_encoding", "The file is UTF-16 ('Unicode text'); save it as CSV UTF-8.")
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            raise UnreadableError("wrong_encoding", f"The file is not UTF-8 (line {line}); save it as CSV UTF-8.") from error
        line += piece.count(b"\n")
        has_zero = has_zero or b"\x00" in piece
    if has_zero:
        raise UnreadableError("unreadable_file", "The file holds zero bytes, so it is not text; export it again.")
    file.seek(0)


def _parquet(file: BinaryIO) -> _Rows:
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(file)
        names = list(source.schema_arrow.names)
    except UnicodeDecodeError as error:
        raise UnreadableError("wrong_encoding", "The names of the columns are not UTF-8; export the file again.") from error
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _not_parquet(error) from error

    def rows() -> Iterator[tuple[int, Sequence[str | None]]]:
        n_rows, n_read = source.metadata.num_rows, 0
        batches = source.iter_batches(PIECE_ROWS)
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError, ValueError) as error:
                raise _not_parquet(error) from error
            if batch is None:
                if n_read != n_rows:  # where a page is damaged, the library may end before the last row, or before the first
                    message = f"The file says that it has {n_rows:,} rows, of which {n_read:,} can be read; export it again."
                    raise UnreadableError("unreadable_file", message)
                return
            columns = [_texts(name, column) for name, column in zip(names, batch.columns, strict=True)]
            for row in zip(*columns, strict=True):
                n_read += 1
                yield n_read, row

    return names, rows()


def _not_parquet(error: Exception) -> UnreadableError:
    first = next(iter(str(error).splitlines()), type(error).__name__)
    return UnreadableError("unreadable_file", f"The file is not Parquet or is cut off ({first}); export it again.")


def _texts(name: str, column: pa.Array) -> list[str | None]:
    try:
        return [_plain(value) for value in column.to_pylist()]
    except UnicodeDecodeError as error:
        message = f"The texts of column {name!r} are not UTF-8; export it again as UTF-8."
        raise UnreadableError("wrong_encoding", message) from error
    except Exception as error:  # whatever a stranger's file makes the library raise, the file is set aside
        message = f"Column {name!r} can't be read ({error}); export it again."
        raise UnreadableError("unreadable_file", message) from error


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = str(value)
    return text if text.strip() else None


@dataclass
class _Draft:
    """What is gathered of one Member and revision while the rows go by; its cells are gathered with everybody's."""

    member: str
    revision: int
    place: Place
    rejections: list[Rejection] = field(default_factory=list)
    time: dt.datetime | None = None


_GATHERED = pa.schema(
    {
        "draft": pa.int32(),
        "row": pa.int64(),
        "code": pa.string(),
        "field": pa.string(),
        "column": pa.string(),
        "text": pa.string(),
    }
)
"""A cell as it is gathered: the number of its draft, and the rest of a `Cell`."""


class _Gathered:
    """Cells of all drafts in the order of the file, kept as columns: as objects they would take ten times the memory."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, str, str, str, str]] = []
        self.pieces: list[pa.RecordBatch] = []

    def add(self, draft: int, row: int, code: str, name: str, column: str, text: str) -> None:
        self.rows.append((draft, row, code, name, column, text))
        if len(self.rows) == PIECE_ROWS:
            self._store()

    def _store(self) -> None:
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(_GATHERED)
        arrays = [pa.array(c, t) for c, t in zip(columns, _GATHERED.types, strict=True)]
        self.pieces.append(pa.record_batch(arrays, schema=_GATHERED))
        self.rows.clear()

    def by_draft(self, n_drafts: int) -> list[pa.RecordBatch]:
        """The cells of each draft, in the order of the file."""
        self._store()
        cells = pa.Table.from_batches(self.pieces).combine_chunks()
        self.pieces.clear()
        drafts = cells["draft"].to_numpy()
        order = np.argsort(drafts, kind="stable")
        (ordered,) = cells.take(order).combine_chunks().to_batches() or [pa.RecordBatch.from_pylist([], schema=_GATHERED)]
        starts = np.searchsorted(drafts[order], np.arange(n_drafts + 1))
        return [ordered.slice(start, stop - start) for start, stop in itertools.pairwise(starts.tolist())]


class _Reader:
    def __init__(self, table: str, shown: str, sha256: str) -> None:
        self.table, self.shown, self.sha256 = table, shown, sha256
        self.part, self.columns = TABLES[table]
        self.drafts: dict[tuple[str, int], int] = {}
        self.gathered = _Gathered()
        self.found: list[_Draft] = []
        self.rejections: list[Rejection] = []

    def read(self, columns: list[str], rows: Iterator[tuple[int, Sequence[str | None]]]) -> ReadFile:
        names = [name.strip().lower() for name in columns]
        missing = [c for c in self.columns if c not in names and c not in OPTIONAL]
        if missing:
            return self._renamed(missing, names, sum(1 for _ in rows))
        extra = {i: columns[i] for i, name in enumerate(names) if name not in self.columns or name in names[:i]}
        filled: dict[int, tuple[int, str | None, int]] = {}
        at = {name: i for i, name in enumerate(names) if i not in extra}
        number = 0
        for number, row in rows:
            if len(row) != len(names):
                message = (
                    f"Line {number} has {len(row)} columns, the heading {len(names)}; a text with a comma needs quotation "
                    f"marks, or the file is cut off."
                )
                n_cells = max(1, len(list(self._answers({c: row[i] for c, i in at.items() if i < len(row)}))))
                text = ",".join(cell or "" for cell in row)[:80]
                self.rejections.append(Rejection(Place(self.shown, None, number), text, "ragged_row", message, n_cells))
                continue
            for index in extra:
                if row[index] is not None:
                    first, text_there, n = filled.get(index, (number, row[index], 0))
                    filled[index] = (first, text_there, n + 1)
            self._row(number, {name: row[index] for name, index in at.items()})
        if not number:
            message = "The table has a heading and no row; export it again, or remove it if nobody has answered yet."
            self.rejections.append(Rejection(Place(self.shown, None, 1), None, "empty_file", message))
        for index, (first, text_there, n) in sorted(filled.items()):
            message = f"The column {extra[index]!r} is not part of the export and was not read."
            place = Place(self.shown, None, first, extra[index])
            self.rejections.append(Rejection(place, text_there, "extra_column", message, n))
        submissions = _Submissions(self.shown, self.part, self.found, self.gathered.by_draft(len(self.found)))
        return ReadFile(self.shown, self.sha256, "export", submissions, tuple(self.rejections))

    def _renamed(self, missing: list[str], names: list[str], n_rows: int) -> ReadFile:
        hints = {c: difflib.get_close_matches(c, [n for n in names if n not in self.columns], 1, 0.4) for c in missing}
        said = [f"{c!r}" + (f" (is it {hint[0]!r}?)" if hint else "") for c, hint in hints.items()]
        message = f"The heading has no column {', '.join(said)}; the columns are {', '.join(self.columns)}."
        rejection = Rejection(Place(self.shown, None, 1), None, "renamed_header", message, max(1, n_rows))
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
        revision = _revision(row["revision"])
        if not member or revision is None:
            column, rule = ("member", "unknown_member") if not member else ("revision", "bad_revision")
            message = "The row names no Member; fill in its ISO alpha-3 code." if not member else BAD_REVISION
            n_cells = max(1, len(list(self._answers(row))))
            place = Place(self.shown, None, number, column)
            self.rejections.append(Rejection(place, row[column], rule, message, n_cells))
            return
        index = self.drafts.get((member, revision))
        if index is None:
            index = self.drafts[member, revision] = len(self.found)
            self.found.append(_Draft(member, revision, Place(self.shown, None, number, "member")))
        sent = row.get("submitted_at")
        if sent is not None:
            draft, time = self.found[index], _time(sent)
            if time is None:
                place = Place(self.shown, None, number, "submitted_at")
                draft.rejections.append(Rejection(place, sent, "bad_time", BAD_TIME))
            elif draft.time is None or time > draft.time:
                draft.time = time
        code = (row["kpi" if self.part == "kpis" else "instrument"] or "").strip()
        for name, column, text in self._answers(row):
            self.gathered.add(index, number, code, name, column, text)


_revision = functools.lru_cache(1024)(parse_revision)
_time = functools.lru_cache(1024)(parse_time)
"""The same few texts stand in millions of rows."""


class _Submissions(Sequence[Submission]):
    """The submissions of an export, each made when it is asked for."""

    def __init__(self, shown: str, part: Part, drafts: list[_Draft], cells: list[pa.RecordBatch]) -> None:
        self.shown, self.part, self.drafts, self.cells = shown, part, drafts, cells

    def __len__(self) -> int:
        return len(self.drafts)

    @overload
    def __getitem__(self, at: int) -> Submission: ...
    @overload
    def __getitem__(self, at: slice) -> list[Submission]: ...
    def __getitem__(self, at: int | slice) -> Submission | list[Submission]:
        if isinstance(at, slice):
            return [self[index] for index in range(*at.indices(len(self)))]
        draft = self.drafts[at]
        return Submission(
            file=self.shown,
            form="export",
            member=draft.member,
            revision=draft.revision,
            submitted_at=draft.time,
            cycle=None,
            framework=None,
            covers=(self.part,),
            cells=tuple(self._once(self.cells[at])),
            rejections=tuple(draft.rejections),
            places={"member": draft.place},
        )

    def _once(self, cells: pa.RecordBatch) -> Iterator[Cell]:
        """A KPI's status and disclosure stand on each of its rows, and count once."""
        said: set[tuple[str, str, str]] = set()
        _, *columns = (column.to_pylist() for column in cells.columns)
        for row, code, name, column, text in zip(*columns, strict=True):
            if name in ("status", "disclosure"):
                what = (code, name, text.strip().lower())
                if what in said:
                    continue
                said.add(what)
            yield Cell(self.part, code, name, text, Place(self.shown, None, row, column))


def write(folder: Path, prefix: str, suffix: str, framework: Framework, drafts: Iterable[Draft]) -> list[Path]:
    """Write drafts as a platform export.

    Args:
        folder: where.
        prefix: what the files' names begin with.
        suffix: `csv` or `parquet`.
        framework: whose KPIs say the order of a KPI's figures.
        drafts: the Members' answers.

    Returns:
        the files written, of the two those that have rows.
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
        if not rows[table]:
            continue
        path = folder / f"{prefix}{table}.{suffix}"
        if suffix == "csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(columns)
                writer.writerows(rows[table])
        else:
            import pyarrow.parquet as pq

            arrays = list(zip(*rows[table], strict=True))
            pq.write_table(pa.table({c: pa.array(a, pa.string()) for c, a in zip(columns, arrays, strict=True)}), path)
        written.append(path)
    return written
