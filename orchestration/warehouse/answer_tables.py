"""What was received for a cycle -> rows of the raw tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from orchestration.warehouse.raw_schema import ANSWER_TABLES

if TYPE_CHECKING:
    from orchestration.intake.model import Judged, Place
    from orchestration.intake.received import Intake


def answer_tables(intake: Intake) -> dict[str, pa.Table]:
    """The rows of the cycle's raw answer tables, by table name; `warehouse/raw_schema.py` says what each column is."""
    cycle = intake.cycle.name
    hashes = {f.file: f.sha256 for f in intake.files}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ANSWER_TABLES}
    winners = {index: {p for (_, p), i in intake.counts.items() if i == index} for index in intake.counts.values()}
    for index, one in enumerate(intake.judged):
        sent = one.submission
        key = submission_key(one)
        rows["submissions"].append(
            {
                "cycle": cycle,
                "submission": key,
                "file": sent.file,
                "sha256": hashes[sent.file],
                "form": sent.form,
                "member": sent.member,
                "framework": sent.framework,
                "revision": sent.revision,
                "submitted_at": sent.submitted_at,
                "covers": "+".join(sent.covers),
                "state": one.state,
                "reason": one.reason or None,
                "n_cells": one.n_cells,
                "n_loaded": one.n_loaded,
                "n_set_aside": one.n_set_aside,
            }
        )
        for answer in one.answers:
            noun = "kpi" if answer.part == "kpis" else "instrument"
            row = {
                "cycle": cycle,
                "submission": key,
                "member": sent.member,
                noun: answer.code,
                "field": answer.field,
                "text": answer.text,
                "word": answer.word,
                "is_counted": answer.part in winners.get(index, ()),
                **_place(answer.place),
            }
            if answer.part == "kpis":
                row["value"] = answer.value
            rows[f"{noun}_answers"].append(row)
    counted = Counter[str]()
    for one in intake.judged:
        counted[one.submission.file] += one.n_cells
    for file in intake.files:
        aside = sum(r.n_cells for r in file.rejections)
        rows["files"].append(
            {
                "cycle": cycle,
                "file": file.file,
                "sha256": file.sha256,
                "form": file.form,
                "n_cells": counted[file.file] + aside,
            }
        )
        if not file.submissions:
            rows["submissions"].append(
                {
                    "cycle": cycle,
                    "submission": f"{file.file}#",
                    "file": file.file,
                    "sha256": file.sha256,
                    "form": file.form,
                    "covers": "",
                    "state": "rejected",
                    "reason": "; ".join(r.message for r in file.rejections) or "The file holds no answers.",
                    "n_cells": aside,
                    "n_loaded": 0,
                    "n_set_aside": aside,
                }
            )
    for one_or_none, rejection in intake.rejections():
        rows["rejections"].append(
            {
                "cycle": cycle,
                "submission": None if one_or_none is None else submission_key(one_or_none),
                "member": None if one_or_none is None else one_or_none.submission.member,
                "sha256": hashes[rejection.place.file],
                "value": rejection.value,
                "rule": rejection.rule,
                "message": rejection.message,
                "n_cells": rejection.n_cells,
                **_place(rejection.place),
            }
        )
    return {name: pa.Table.from_pylist(rows[name], schema=table.schema) for name, table in ANSWER_TABLES.items()}


def submission_key(one: Judged) -> str:
    """The name of a submission within its cycle: file, Member and revision."""
    return f"{one.submission.file}#{one.submission.member}#{one.submission.revision}"


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "sheet": place.sheet, "row": place.row, "column": place.column}
