"""The rules: they judge the cells of one submission against the framework and the cycle.

A cell either loads as a typed answer or is set aside with a rejection; never both, never neither.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from orchestration.inputs.framework.model import DISCLOSURES
from orchestration.intake.answers import Answers
from orchestration.intake.model import (
    AWARE,
    STATUSES,
    USAGE,
    Answer,
    Cell,
    Judged,
    Part,
    Rejection,
    Submission,
    answer_key,
)
from orchestration.intake.numbers import NumberFault, parse_number
from orchestration.intake.words import as_word

if TYPE_CHECKING:
    from orchestration.inputs.cycles import Cycle
    from orchestration.inputs.framework import Kpi

RULES: dict[str, str] = {
    "unknown_member": "The Member's code is not known",
    "not_on_roster": "The Member is not on the cycle's roster",
    "wrong_cycle": "The submission is for another cycle",
    "wrong_framework": "The submission was made with another framework",
    "unknown_kpi": "The KPI's code is not in the framework",
    "unknown_instrument": "The instrument's code is not in the framework",
    "two_answers": "One cell is answered more than once",
    "unknown_word": "A status, disclosure, awareness or usage outside its list",
    "disclosure_too_wide": "A disclosure wider than the KPI's own",
    "unexpected_figure": "A figure that the KPI does not ask for",
    "not_a_number": "Text where a number belongs",
    "separators_in_number": "A number with separators or a decimal comma",
    "negative_figure": "A figure below zero",
    "figure_too_large": "A figure larger than any that can be meant",
    "figure_with_status": "A figure under a status that says there is none",
    "missing_figure": "A figure that the KPI needs is blank",
    "zero_denominator": "A denominator of zero",
    "zero_previous": "A previous figure of zero",
    "numerator_above_denominator": "A part that is larger than its whole",
    "out_of_range": "A value outside the KPI's range",
    "conflicting_revisions": "Two different submissions with one revision and time",
    "bad_heading": "The heading does not follow the form",
    "missing_heading": "A part of the heading is blank",
    "bad_revision": "The revision is not a whole number from 1 on",
    "bad_time": "The time of submission is not a date or time",
    "bad_item": "An answer is not of the form's shape",
    "extra_cell": "A cell that is not part of the form",
    "extra_column": "A column or key that is not part of the form",
    "extra_sheet": "A sheet that is not part of the form",
    "missing_sheet": "A sheet of the form is missing",
    "hidden_sheet": "A sheet of the form is hidden",
    "hidden_cells": "An answer in a hidden row or column",
    "merged_cells": "An answer in merged cells",
    "renamed_header": "A heading of the form was changed",
    "cells_outside_the_form": "Cells far outside the form",
    "formula_without_result": "A formula without a saved result",
    "error_value": "A formula's error",
    "date_in_number": "A date where a number belongs",
    "percentage_format": "A percentage format that changes the figure shown",
    "ragged_row": "A row with too few or too many columns",
    "wrong_delimiter": "Columns separated by something other than commas",
    "wrong_encoding": "A file that is not UTF-8",
    "empty_file": "A file without content, or a table without rows",
    "file_too_large": "A file larger than any submission",
    "unreadable_file": "A file that is damaged or cut off",
    "protected_or_old_workbook": "A workbook with a password, or an old .xls",
    "not_a_workbook": "A file that is not a workbook",
    "not_a_submission": "A file that is not a submission",
    "unknown_form": "A file of no known form",
    "not_a_file": "A link, a pipe or a folder where a file belongs",
    "lock_file": "A file that Excel keeps beside an open workbook",
    "reading_failed": "A file that the program failed to read, which is a fault of the program",
}
"""Every rule by which something is set aside, and what it says."""


LARGEST = 1e15
"""Past it a floating-point number does not tell one whole number from the next, and sums of powers may overflow."""


def judge(submission: Submission, cycle: Cycle, known_members: frozenset[str] = frozenset()) -> Judged:
    """Judge one submission.

    Args:
        submission: as read.
        cycle: whose framework and roster hold.
        known_members: alpha-3 codes of all Members, to tell an unknown code from a Member that was not nominated.

    Returns:
        what loaded and what was set aside; state `accepted` or `rejected`.
    """
    answers: list[Answer] = []
    rejections: list[Rejection] = list(submission.rejections)
    blanks = 0
    by_item: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in submission.cells:
        by_item[cell.part, cell.code].append(cell)
    for (part, code), cells in by_item.items():
        item = _Item(submission, code, cells, cycle)
        if part == "kpis":
            item.judge_kpi()
        else:
            item.judge_instrument()
        answers.extend(item.answers)
        rejections.extend(item.rejections)
        blanks += item.blanks
    n_cells = len(submission.cells) + sum(r.n_cells for r in submission.rejections) + blanks
    said = {part: _digest(submission, answers, part) for part in submission.covers}
    judged = Judged(submission.without_cells(), Answers.of(submission.file, answers), tuple(rejections), n_cells, said)
    fault = _heading_fault(submission, cycle, known_members)
    return judged if fault is None else judged.set_aside_whole(fault)


def _digest(submission: Submission, answers: list[Answer], part: Part) -> str:
    """What a submission says in a list: its answers, and the cells that were set aside."""
    said = sorted((a.code, a.field, a.value, a.word) for a in answers if a.part == part)
    loaded = {(a.code, a.field) for a in answers}
    cells = sorted((c.code, c.field, c.text) for c in submission.cells if c.part == part)
    content = [said, [c for c in cells if (c[0], c[1]) not in loaded]]
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()


def _heading_fault(submission: Submission, cycle: Cycle, known_members: frozenset[str]) -> Rejection | None:
    member = submission.member
    if submission.cycle is not None and submission.cycle != cycle.name:
        message = (
            f"The submission is for cycle {submission.cycle!r}, but lies among those of {cycle.name!r}; "
            f"use the template of {cycle.name!r}, or put the file with its own cycle."
        )
        return Rejection(submission.place("cycle"), submission.cycle, "wrong_cycle", message)
    framework = cycle.framework.code
    if submission.framework is not None and submission.framework != framework:
        message = f"The submission was made with framework {submission.framework!r}; cycle {cycle.name!r} uses {framework!r}."
        return Rejection(submission.place("framework"), submission.framework, "wrong_framework", message)
    if member in cycle.roster:
        return None
    if member in known_members:
        message = (
            f"{member} is a WCO Member, but is not on the roster of {cycle.name!r}; have it nominated a National Contact "
            f"Point (a row of roster.csv) before its answers can be used."
        )
        return Rejection(submission.place("member"), member, "not_on_roster", message)
    message = f"{member!r} is no Member's ISO 3166-1 alpha-3 code; correct the code."
    return Rejection(submission.place("member"), member, "unknown_member", message)


class _Item:
    """The answers to one KPI or about one instrument, while they are judged."""

    def __init__(self, submission: Submission, code: str, cells: list[Cell], cycle: Cycle) -> None:
        self.submission, self.code, self.cells, self.cycle = submission, code, cells, cycle
        self.answers: list[Answer] = []
        self.rejections: list[Rejection] = []
        self.blanks = 0

    def judge_instrument(self) -> None:
        if self.code not in self.cycle.framework.instruments:
            self._reject_all("unknown_instrument", "instrument", "instruments")
            return
        allowed = {"aware": AWARE, "usage": USAGE}
        for cell in self._once():
            self._load_word(cell, allowed[cell.field])

    def judge_kpi(self) -> None:
        kpi = self.cycle.framework.kpis.get(self.code)
        if kpi is None:
            self._reject_all("unknown_kpi", "KPI", "kpis")
            return
        cells = self._once()
        status: str | None = None
        figures: list[Cell] = []
        for cell in cells:
            if cell.field == "status":
                status = self._load_word(cell, STATUSES)
            elif cell.field == "disclosure":
                self._load_disclosure(cell, kpi)
            elif cell.field in kpi.variables:
                figures.append(cell)
            else:
                asked = " and ".join(kpi.variables)
                message = f"{kpi.kpi} is a {kpi.formula} and asks for {asked} only; clear the {cell.field}."
                self._reject(cell, "unexpected_figure", message)
        if status in ("not_applicable", "not_available"):
            for cell in figures:
                shown = status.replace("_", " ")
                message = (
                    f"{kpi.kpi} is said to be {shown}, yet has a {cell.field}; clear the figure, or set the status to reported."
                )
                self._reject(cell, "figure_with_status", message)
            return
        self._judge_figures(kpi, figures, is_reported=status == "reported")

    def _judge_figures(self, kpi: Kpi, cells: list[Cell], *, is_reported: bool) -> None:
        good: dict[str, tuple[Cell, float]] = {}
        for cell in cells:
            number = parse_number(cell.text)
            if isinstance(number, NumberFault):
                self._reject(cell, number.rule, f"{kpi.kpi}, {cell.field}: {number.message}")
            elif number < 0 and not kpi.allows_negative:
                message = f"{kpi.kpi}, {cell.field}: {cell.text} is below zero, which this figure can't be; check its sign."
                self._reject(cell, "negative_figure", message)
            elif abs(number) > LARGEST:
                message = f"{kpi.kpi}, {cell.field}: {cell.text} is larger than any figure can be; check it and its unit."
                self._reject(cell, "figure_too_large", message)
            else:
                good[cell.field] = (cell, number)
        sent = {cell.field for cell in self.cells}
        if cells or is_reported:
            for variable in kpi.variables:
                if variable not in sent:
                    self._missing(kpi, variable)
        self._judge_value(kpi, good)
        for cell, number in good.values():
            self._load(cell, value=number)

    def _judge_value(self, kpi: Kpi, good: dict[str, tuple[Cell, float]]) -> None:
        """Set aside the figure that makes the KPI's value impossible; the other figures stay."""
        zero = {"ratio": ("denominator", "zero_denominator"), "variation": ("previous", "zero_previous")}
        if kpi.formula in zero:
            variable, rule = zero[kpi.formula]
            if variable in good and good[variable][1] == 0:
                message = (
                    f"{kpi.kpi}: the {variable} is 0, and nothing can be divided by it; if there was none, set the status "
                    f"to not applicable, if it is not known, to not available."
                )
                self._reject(good.pop(variable)[0], rule, message)
        if set(good) != set(kpi.variables):
            return
        figures = {name: number for name, (_, number) in good.items()}
        value = self.cycle.framework.value(kpi, figures)
        first = kpi.variables[0]
        if kpi.maximum is not None and value > kpi.maximum:
            if kpi.formula == "ratio":
                above = " and ".join(f"{name} {good[name][0].text}" for name in kpi.variables)
                message = (
                    f"{kpi.kpi}: {above} give {value:g}, above the {kpi.maximum:g} {kpi.unit} that is possible, since the "
                    f"numerator counts a part of the denominator; check both."
                )
                self._reject(good.pop(first)[0], "numerator_above_denominator", message)
            else:
                self._reject(good.pop(first)[0], "out_of_range", self._range(kpi, value))
        elif (kpi.minimum is not None and value < kpi.minimum) or abs(value) > LARGEST:
            self._reject(good.pop(first)[0], "out_of_range", self._range(kpi, value))

    @staticmethod
    def _range(kpi: Kpi, value: float) -> str:
        low = "" if kpi.minimum is None else f" from {kpi.minimum:g}"
        high = f" up to {LARGEST if kpi.maximum is None else kpi.maximum:g}"
        return f"{kpi.kpi}: {value:g} {kpi.unit} is outside its range{low}{high}; check the figure and its unit."

    def _once(self) -> list[Cell]:
        """The cells whose form found no fault, each field once; two different answers are both set aside."""
        by_field: dict[str, list[Cell]] = defaultdict(list)
        for cell in self.cells:
            if cell.fault is not None:
                self.rejections.append(cell.fault)
            else:
                by_field[cell.field].append(cell)
        once = []
        for field, cells in by_field.items():
            first, *others = cells
            if len({cell.text.strip() for cell in cells}) > 1:
                texts = " and ".join(repr(cell.text) for cell in cells)
                message = f"{self.code}, {field}: there are {len(cells)} different answers, {texts}; keep the right one."
                for cell in cells:
                    self._reject(cell, "two_answers", message)
                continue
            for cell in others:
                message = f"{self.code}, {field}: the same answer stands already in row {first.place.row}; keep one."
                self._reject(cell, "two_answers", message)
            once.append(first)
        return once

    def _missing(self, kpi: Kpi, variable: str) -> None:
        anchor = self.cells[0].place
        column = "value" if self.submission.form == "export" else variable
        place = self.submission.places.get(answer_key("kpis", kpi.kpi, variable), replace(anchor, column=column))
        message = (
            f"{kpi.kpi}: the {variable} ({kpi.label(variable)}) is blank; enter it, or set the status to not available "
            f"and clear the other figure. It is never zero because it is missing."
        )
        self.rejections.append(Rejection(place, None, "missing_figure", message))
        self.blanks += 1

    def _load_disclosure(self, cell: Cell, kpi: Kpi) -> None:
        word = as_word(cell.text, DISCLOSURES)
        if word is not None and DISCLOSURES.index(word) < DISCLOSURES.index(kpi.disclosure):
            message = (
                f"{kpi.kpi} is disclosed at level {kpi.disclosure!r}, and {word!r} is wider; leave the cell blank, or choose "
                f"a narrower level. The answer itself keeps the KPI's level."
            )
            self._reject(cell, "disclosure_too_wide", message)
        else:
            self._load_word(cell, DISCLOSURES)

    def _load_word(self, cell: Cell, allowed: tuple[str, ...]) -> str | None:
        word = as_word(cell.text, allowed)
        if word is None:
            message = f"{self.code}, {cell.field}: {cell.text!r} is not one of {', '.join(allowed)}; choose one of them."
            self._reject(cell, "unknown_word", message)
        else:
            self._load(cell, word=word)
        return word

    def _load(self, cell: Cell, *, value: float | None = None, word: str | None = None) -> None:
        self.answers.append(Answer(cell.part, cell.code, cell.field, cell.text, value, word, cell.place))

    def _reject(self, cell: Cell, rule: str, message: str) -> None:
        self.rejections.append(Rejection(cell.place, cell.text, rule, message))

    def _reject_all(self, rule: str, noun: str, plural: str) -> None:
        shown = f"{self.code!r} is no {noun} of" if self.code else f"The row names no {noun} of"
        message = f"{shown} framework {self.cycle.framework.code!r}; see its {plural}.csv, and correct the code."
        for cell in self.cells:
            self._reject(cell, rule, message)
