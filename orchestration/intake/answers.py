"""The answers of a submission as columns: an export of thousands of Members has millions of them, and goes between processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import pyarrow as pa

from orchestration.intake.model import Answer, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SCHEMA = pa.schema(
    {
        "part": pa.string(),
        "code": pa.string(),
        "field": pa.string(),
        "text": pa.string(),
        "value": pa.float64(),
        "word": pa.string(),
        "sheet": pa.string(),
        "row": pa.int64(),
        "column": pa.string(),
    }
)
"""An `Answer` as a row; its file is that of its submission."""


@dataclass(frozen=True)
class Answers(Sequence[Answer]):
    """Answers of one file.

    Attributes:
        file: where they stand.
        batch: a row for each, in the columns of `SCHEMA`.
    """

    file: str
    batch: pa.RecordBatch

    @classmethod
    def of(cls, file: str, answers: Iterable[Answer]) -> Answers:
        """These answers, as columns."""
        rows = [(a.part, a.code, a.field, a.text, a.value, a.word, a.place.sheet, a.place.row, a.place.column) for a in answers]
        columns = zip(*rows, strict=True) if rows else [()] * len(SCHEMA)
        return cls(file, pa.record_batch([pa.array(c, t) for c, t in zip(columns, SCHEMA.types, strict=True)], schema=SCHEMA))

    def __len__(self) -> int:
        return int(self.batch.num_rows)

    @overload
    def __getitem__(self, at: int) -> Answer: ...
    @overload
    def __getitem__(self, at: slice) -> Answers: ...
    def __getitem__(self, at: int | slice) -> Answer | Answers:
        if isinstance(at, slice):
            start, stop, step = at.indices(len(self))
            if step != 1:
                raise ValueError("answers are taken one after the other")
            return Answers(self.file, self.batch.slice(start, max(0, stop - start)))
        start = range(len(self))[at]
        return next(iter(self[start : start + 1]))

    def __iter__(self) -> Iterator[Answer]:
        columns = (column.to_pylist() for column in self.batch.columns)
        for part, code, field, text, value, word, sheet, row, column in zip(*columns, strict=True):
            yield Answer(part, code, field, text, value, word, Place(self.file, sheet, row, column))
