"""A sample cycle's folder: cycle.toml, roster.csv and real submission files in all three forms, some with faults."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import tomlkit

from orchestration.inputs.cycles import get_cycle
from orchestration.intake.forms import export, json_form
from orchestration.intake.forms.draft import Draft
from orchestration.sample.answers import partial_draft, sufficient_drafts
from orchestration.sample.roster import sample_roster

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orchestration.inputs.cycles import Cycle
    from orchestration.inputs.home import Home
    from orchestration.sample.roster import SampleMember
    from orchestration.sample.targets import Targets

FAULTY_FIGURES = ("1,234", "12 345", "1.234,5", "n/a", "approx. 400", "-17", "45%")
"""What Members write where a number belongs."""


def write_sample(home: Home, targets: Targets, progress: Callable[[int, int], None] | None = None) -> Path:
    """Write a sample cycle; the same targets give the same bytes, and what the folder held before is replaced.

    Args:
        home: where `raw/cycles/` is.
        targets: of the cycle.
        progress: called with how many submissions are written, and how many there are.

    Returns:
        the cycle's folder.
    """
    folder = home.cycles / targets.cycle
    submissions = folder / "submissions"
    if submissions.exists():
        shutil.rmtree(submissions)
    submissions.mkdir(mode=0o770, parents=True)
    members = sample_roster(home, targets)
    _write_cycle(folder, targets)
    write_roster(folder / "roster.csv", list(targets.framework.groupings), [(m.member, m.name, m.groups) for m in members])
    _write_submissions(get_cycle(home, targets.cycle), targets, members, progress or (lambda *_: None))
    return folder


def write_roster(path: Path, groupings: list[str], rows: list[tuple[str, str, dict[str, str]]]) -> None:
    """Write a roster: member, name, and a column a grouping."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["member", "name", *groupings])
        writer.writerows([member, name, *(groups.get(g, "") for g in groupings)] for member, name, groups in rows)


def _write_cycle(folder: Path, targets: Targets) -> None:
    file = targets.file
    document = tomlkit.document()
    document.add(tomlkit.comment("A sample cycle, made by `pmm sample`: its Members and figures are invented."))
    values: dict[str, Any] = {
        "framework": file.framework,
        "reporting_year": file.reporting_year,
        "opens": file.opens,
        "closes": file.closes,
        "data_origin": "synthetic",
        "sufficiency": file.sufficiency.model_dump(),
        "completeness": file.completeness.model_dump(),
    }
    for key, value in values.items():
        document.add(key, tomlkit.item(value))
    (folder / "cycle.toml").write_text(tomlkit.dumps(document), encoding="utf-8")


def _write_submissions(cycle: Cycle, targets: Targets, members: list[SampleMember], progress: Callable[[int, int], None]) -> None:
    file = targets.file
    rng = Random(f"{file.seed}/files")
    folder = cycle.submissions
    sufficient = sufficient_drafts(targets, members[: file.n_sufficient])
    partial = [partial_draft(targets, m) for m in members[file.n_sufficient :][: file.n_partial]]
    _add_faults(targets, sufficient, rng)
    drafts = sufficient + partial
    rng.shuffle(drafts)
    early = {d.member for d in rng.sample(sufficient, file.n_second_revision)}
    books, texts = drafts[: file.n_workbooks], drafts[file.n_workbooks :][: file.n_json]
    exported = drafts[file.n_workbooks + file.n_json :]
    for number, draft in enumerate(books + texts):
        progress(number, len(drafts))
        kind = "xlsx" if number < len(books) else "json"
        if draft.member in early:
            _write_one(folder, cycle, _first_try(targets, draft, rng), kind)
            draft = replace(draft, revision=2, submitted_at=_later(draft))
        _write_one(folder, cycle, draft, kind)
    halves = ("csv", exported[: len(exported) // 2]), ("parquet", exported[len(exported) // 2 :])
    for suffix, some in halves:
        rows: list[Draft] = []
        for draft in sorted(some, key=lambda d: d.member):
            if draft.member in early:
                rows.append(_first_try(targets, draft, rng))
                draft = replace(draft, revision=2, submitted_at=_later(draft))
            rows.append(draft)
        export.write(folder, f"platform_{suffix}_", suffix, cycle.framework, rows)
    _write_unusable(folder, cycle, members[file.n_sufficient + file.n_partial :][: file.n_unusable], drafts)
    progress(len(drafts), len(drafts))


def _write_one(folder: Path, cycle: Cycle, draft: Draft, kind: str) -> None:
    path = folder / f"{draft.member}_revision-{draft.revision}.{kind}"
    if kind == "xlsx":
        from orchestration.intake.forms import workbook

        workbook.write(path, cycle, draft)
    else:
        json_form.write(path, cycle, draft)


def _first_try(targets: Targets, draft: Draft, rng: Random) -> Draft:
    """What a Member sent before it corrected it: some figures ten times too large, some missing."""
    kpis = {code: dict(answer) for code, answer in draft.kpis.items()}
    reported = [code for code, answer in kpis.items() if len(answer) > 1]
    for code in rng.sample(reported, min(6, len(reported))):
        first = targets.framework.kpis[code].variables[0]
        value = kpis[code][first]
        kpis[code] = {"status": "not_available"} if isinstance(value, str) else {**kpis[code], first: value * 10}
    return replace(draft, kpis=kpis)


def _later(draft: Draft) -> dt.datetime | None:
    return None if draft.submitted_at is None else draft.submitted_at + dt.timedelta(days=9)


def _add_faults(targets: Targets, drafts: list[Draft], rng: Random) -> None:
    """Faulty figures where a Member has none to report, so that what is set aside takes no value from the targets."""
    for draft in rng.sample(drafts, len(drafts) // 4):
        free = [code for code, answer in draft.kpis.items() if answer.get("status") == "not_available"]
        for code in rng.sample(free, min(2, len(free))):
            kpi = targets.framework.kpis[code]
            faulty = rng.choice(FAULTY_FIGURES)
            if faulty == "-17" and kpi.allows_negative:
                faulty = "n/a"
            draft.kpis[code] = {"status": "reported", **dict.fromkeys(kpi.variables, 1000), kpi.variables[0]: faulty}


def _write_unusable(folder: Path, cycle: Cycle, members: list[SampleMember], drafts: list[Draft]) -> None:
    """Files as they go wrong in practice: empty, cut off, with a password, in another format, for another cycle."""
    from orchestration.intake.forms import workbook

    kinds = ("empty", "cut off", "password", "document", "wrong cycle", "renamed heading")
    for member, kind in zip(members, (kinds * len(members))[: len(members)], strict=True):
        path = folder / f"{member.member}_revision-1.xlsx"
        draft = Draft(member.member, member.name, 1, None)
        if kind == "empty":
            path.write_bytes(b"")
        elif kind == "cut off":
            workbook.write(path, cycle, draft)
            path.write_bytes(path.read_bytes()[:4000])
        elif kind == "password":
            path.write_bytes(workbook.OLE_MAGIC + bytes(4096))
        elif kind == "document":
            path.with_suffix(".docx").write_bytes(b"PK\x03\x04 not a workbook")
        elif kind == "wrong cycle":
            json_form.write(path.with_suffix(".json"), cycle, replace(drafts[0], member=member.member, name=member.name))
            text = path.with_suffix(".json").read_text(encoding="utf-8")
            path.with_suffix(".json").write_text(text.replace(cycle.name, "sample-2020"), encoding="utf-8")
        else:
            rows = "Member;KPI;Value\n" + f"{member.member};K01;98,1\n"
            path.with_name(f"{member.member}_kpi_answers.csv").write_text(rows, encoding="utf-8")
    first = drafts[0]
    copy = next(iter(sorted(folder.glob(f"{first.member}_revision-*"))))
    shutil.copyfile(copy, copy.with_name(f"{copy.stem} (copy){copy.suffix}"))
