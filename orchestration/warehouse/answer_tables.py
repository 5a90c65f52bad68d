"""What was received for a cycle -> rows of the raw tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake.answers import SCHEMA
from orchestration.warehouse.raw_schema import ANSWER_TABLES

if TYPE_CHECKING:
    from orchestration.intake.model import Judged, Part, Place
    from orchestration.intake.received import Intake


def answer_tables(intake: Intake) -> dict[str, pa.Table]:
    """The rows of the cycle's raw answer tables, by table name; `warehouse/raw_schema.py` says what each column is."""
    cycle = intake.cycle.name
    hashes = {f.file: f.sha256 for f in intake.files}
    rows: dict[str, list[dict[str, Any]]] = {"files": [], "submissions": [], "rejections": []}
    for one in intake.judged:
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
    tables = {name: pa.Table.from_pylist(rows[name], schema=ANSWER_TABLES[name].schema) for name in rows}
    return tables | {"kpi_answers": _answers(intake, "kpis"), "instrument_answers": _answers(intake, "instruments")}


def _answers(intake: Intake, part: Part) -> pa.Table:
    """The answers of one list, as columns from end to end: there may be millions."""
    noun = "kpi" if part == "kpis" else "instrument"
    table = ANSWER_TABLES[f"{noun}_answers"]
    everything = pa.Table.from_batches((one.answers.batch for one in intake.judged), SCHEMA)
    submission = pa.array(np.repeat(np.arange(len(intake.judged)), [len(one.answers) for one in intake.judged]))
    of_part = everything.append_column("submission", submission).filter(pc.field("part") == part).combine_chunks()
    counting = {index for (_, counted), index in intake.counts.items() if counted == part}

    def of_submission(values: list[Any]) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(of_part["submission"].combine_chunks(), pa.array(values))

    judged = intake.judged
    known = {
        "cycle": of_submission([intake.cycle.name] * len(judged)),
        "submission": of_submission([submission_key(one) for one in judged]),
        "member": of_submission([one.submission.member for one in judged]),
        "file": of_submission([one.submission.file for one in judged]),
        "is_counted": pa.array(np.isin(of_part["submission"].to_numpy(), list(counting))),
        noun: of_part["code"],
    }
    return pa.table({c.name: known[c.name] if c.name in known else of_part[c.name] for c in table.columns})


def submission_key(one: Judged) -> str:
    """The name of a submission within its cycle: file, Member and revision."""
    return f"{one.submission.file}#{one.submission.member}#{one.submission.revision}"


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "sheet": place.sheet, "row": place.row, "column": place.column}
