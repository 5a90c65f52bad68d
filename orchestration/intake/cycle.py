"""All files of a cycle -> the raw tables of its answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.cycles import submission_files
from orchestration.intake.forms import read_file
from orchestration.intake.revisions import decide
from orchestration.intake.rules import judge
from orchestration.records import read_csv
from orchestration.reference import MemberRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from orchestration.cycles import Cycle
    from orchestration.home import Home
    from orchestration.intake.model import Judged, Part, Place, ReadFile, Rejection


@dataclass(frozen=True)
class Intake:
    """What was read of a cycle.

    Attributes:
        files: every file received.
        judged: every submission in them, with its state.
        counts: by Member and part the index in `judged` of the submission that counts.
    """

    cycle: Cycle
    files: tuple[ReadFile, ...]
    judged: tuple[Judged, ...]
    counts: dict[tuple[str, Part], int]

    @property
    def n_cells(self) -> int:
        """Cells received."""
        return sum(j.n_cells for j in self.judged) + sum(r.n_cells for f in self.files for r in f.rejections)

    @property
    def n_loaded(self) -> int:
        """Cells that loaded."""
        return sum(j.n_loaded for j in self.judged)

    @property
    def n_set_aside(self) -> int:
        """Cells set aside."""
        return sum(r.n_cells for _, r in self.rejections())

    def rejections(self) -> Iterator[tuple[Judged | None, Rejection]]:
        """Everything set aside, with the submission it belongs to, if it could be tied to one."""
        for one in self.judged:
            yield from ((one, r) for r in one.rejections)
        for file in self.files:
            yield from ((None, r) for r in file.rejections)


def known_members(home: Home) -> frozenset[str]:
    """The alpha-3 codes of all Members; none where the home has no list of them."""
    if not home.members.exists():
        return frozenset()
    return frozenset(row.member for row in read_csv(home.members, MemberRow, [], extra="groups").values())


def read_cycle(cycle: Cycle, progress: Callable[[int, int], None] | None = None) -> Intake:
    """Read and judge every file of a cycle; never raises for what a file holds.

    Args:
        cycle: whose `submissions/` is read.
        progress: told how many files are read, and of how many.

    Raises:
        InputError: the cycle's own files (cycle.toml, roster, framework) can't be used.
    """
    files: list[ReadFile] = []
    paths = submission_files(cycle.submissions)
    for number, path in enumerate(paths):
        if progress:
            progress(number, len(paths))
        files.append(read_file(path, shown_name(cycle, path), cycle.framework))
    members = known_members(cycle.home)
    judged, counts = decide([judge(s, cycle, members) for f in files for s in f.submissions])
    return Intake(cycle, tuple(files), tuple(judged), counts)


def shown_name(cycle: Cycle, path: Path) -> str:
    """A file's name in tables and messages: its path within `submissions/`."""
    return path.relative_to(cycle.submissions).as_posix()


def raw_tables(intake: Intake) -> dict[str, pa.Table]:
    """The rows of the cycle's raw answer tables, by table name; `warehouse/raw_schema.py` says what each column is."""
    import pyarrow as pa

    from orchestration.warehouse.raw_schema import ANSWER_TABLES

    cycle = intake.cycle.cycle
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
    return {name: pa.Table.from_pylist(rows[name], schema=schema) for name, schema in ANSWER_TABLES.items()}


def submission_key(one: Judged) -> str:
    """The name of a submission within its cycle: file, Member and revision."""
    return f"{one.submission.file}#{one.submission.member}#{one.submission.revision}"


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "sheet": place.sheet, "row": place.row, "column": place.column}
