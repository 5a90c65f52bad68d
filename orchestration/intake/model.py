"""What intake works on: cells as received, submissions, rejections."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestration.intake.answers import Answers

Form = Literal["workbook", "json", "export"]
Part = Literal["kpis", "instruments"]
State = Literal["accepted", "superseded", "duplicate", "rejected"]

STATUSES = ("reported", "not_applicable", "not_available")
AWARE = ("yes", "no")
USAGE = ("in_use", "plans_to_use", "no_plans")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: file, sheet (or table, or list), row and column as the sender sees them."""

    file: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """Something set aside.

    Attributes:
        place: where it stands.
        value: what was read, as text.
        rule: the rule's name, one of `rules.RULES`.
        message: a sentence that the sender can act on.
        n_cells: how many cells as received this stands for.
    """

    place: Place
    value: str | None
    rule: str
    message: str
    n_cells: int = 1


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer cell as received.

    Attributes:
        part: which list the answer belongs to.
        code: the KPI's or instrument's code, as sent.
        field: `status`, `disclosure` or a variable for a KPI; `aware` or `usage` for an instrument.
        text: what was sent, as text, not blank.
        place: where it stands.
        fault: what the form itself found wrong with the cell, as a formula without a result; it is set aside then.
    """

    part: Part
    code: str
    field: str
    text: str
    place: Place
    fault: Rejection | None = None


def answer_key(part: Part, code: str, field: str) -> str:
    """The name of an answer in `Submission.places`."""
    return f"{part}/{code}/{field}"


@dataclass(frozen=True, slots=True)
class Submission:
    """What one file says for one Member and revision, as received.

    Attributes:
        member: alpha-3 as sent.
        cycle, framework: as sent; None where the form has no place for it (the platform export).
        submitted_at: UTC; None where the sender gave none.
        covers: the lists that this file speaks for; a later revision supersedes these and no others.
        cells: its answer cells.
        rejections: what the form set aside, such as an unknown column.
        places: for messages, where the parts of the heading stand, and blank answers that have a cell of their own
            (by `answer_key`).
    """

    file: str
    form: Form
    member: str
    revision: int
    submitted_at: dt.datetime | None
    cycle: str | None
    framework: str | None
    covers: tuple[Part, ...]
    cells: tuple[Cell, ...]
    rejections: tuple[Rejection, ...] = ()
    places: dict[str, Place] = field(default_factory=dict)

    def place(self, what: str) -> Place:
        """Where a part of the heading stands; the file where the form has no place for it."""
        return self.places.get(what, Place(self.file))

    def without_cells(self) -> Submission:
        """The submission's heading, once its cells have been judged."""
        heading = {what: place for what, place in self.places.items() if "/" not in what}
        return replace(self, cells=(), places=heading)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as its form read it: submissions, and what could not be tied to one.

    Those of an export are made each when it is asked for, so that not all of their cells are held at once.
    """

    file: str
    sha256: str
    form: Form | None
    submissions: Sequence[Submission]
    rejections: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A cell that loaded: the text as submitted, and the typed value beside it.

    Attributes:
        value: the number, for a figure.
        word: the fixed word, for a status, disclosure, awareness or usage.
    """

    part: Part
    code: str
    field: str
    text: str
    value: float | None
    word: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Judged:
    """A submission after the rules: n_cells = len(answers) + the cells of its rejections, always.

    Attributes:
        submission: its heading; what became of each of its cells is among the answers and rejections.
        n_cells: cells received, and answers that had to be there and were blank.
        said: by list, a digest of what the submission says in it, whatever form it came in: answers and what was set aside.
        state: what became of it; `revisions.py` decides between the submissions of a Member.
        reason: why it is in that state, for people.
    """

    submission: Submission
    answers: Answers
    rejections: tuple[Rejection, ...]
    n_cells: int
    said: dict[Part, str]
    state: State = "accepted"
    reason: str = ""

    @property
    def n_loaded(self) -> int:
        """Cells that loaded."""
        return len(self.answers)

    @property
    def n_set_aside(self) -> int:
        """Cells set aside."""
        return sum(r.n_cells for r in self.rejections)

    def set_aside_whole(self, rejection: Rejection) -> Judged:
        """This submission with nothing loaded, for one reason; cells set aside before keep their own."""
        whole = replace(rejection, n_cells=max(1, self.n_loaded))
        kept = (*self.rejections, whole)
        n_cells = sum(r.n_cells for r in kept)
        return replace(
            self, answers=self.answers[:0], rejections=kept, n_cells=n_cells, state="rejected", reason=rejection.message
        )
