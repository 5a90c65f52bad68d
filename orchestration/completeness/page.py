"""Pages of what was checked: one a refresh with every expectation and what was found, one of what was set aside, an index of all.

They are made from Great Expectations' results. Its own pages ask the web for scripts and styles, and print names as they are.

data_docs/index.html                          all cycles and the refreshes that are kept
data_docs/<cycle>/index.html, set_aside.html  the last refresh; run.json has the same for programs
data_docs/<cycle>/runs/<loaded at>/           those before it, the last ten of them
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from orchestration.inputs.home import STYLE
from orchestration.intake.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from orchestration.completeness.suites import Phase, SuiteResult
    from orchestration.inputs.cycles import Cycle

PHASES = {"raw": "What was loaded", "marts": "The marts", "across_cycles": "Between cycles"}
RUN, PAGE, SET_ASIDE, RUNS = "run.json", "index.html", "set_aside.html", "runs"
KEPT = 10
"""Earlier refreshes of a cycle whose pages are kept."""
MOST = 2000
"""Places of which the page of what was set aside tells one by one."""


@dataclass(frozen=True)
class SetAside:
    """What was set aside of a cycle.

    Attributes:
        n_cells: cells, and files of which nothing was loaded.
        n_rows: the places where they stand.
        rules: by rule how many places and cells, the most first.
        rows: the first `MOST` places, for people.
    """

    n_cells: int
    n_rows: int
    rules: list[tuple[str, int, int]]
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Run:
    """What was checked of a cycle after it was loaded once.

    Attributes:
        cycle: that was checked.
        loaded_at: when it was loaded, UTC; the same load is the same run.
        is_synthetic: whether its Members and figures are invented.
        n_set_aside: cells or files that were set aside.
        phases: by phase `checked_at` and `suites`.
        published: the publication that has its figures.
        restored: the earlier publication whose figures are shown in their place.
    """

    cycle: str
    loaded_at: str
    is_synthetic: bool
    n_set_aside: int
    phases: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(PHASES))
    published: str | None = None
    restored: str | None = None

    def outcomes(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Each suite with each of its outcomes."""
        for phase in self.phases.values():
            for suite in phase["suites"] if phase else ():
                for outcome in suite["outcomes"]:
                    yield suite, outcome

    def count(self, severity: str | None) -> int:
        """How many expectations of a severity are not met; of none, how many are met."""
        if severity is None:
            return sum(outcome["is_met"] for _, outcome in self.outcomes())
        return sum(not outcome["is_met"] and outcome["severity"] == severity for _, outcome in self.outcomes())

    @property
    def stamp(self) -> str:
        """When it was loaded, as the name of a folder."""
        return self.loaded_at.replace(":", "").replace("-", "")


def set_aside_of(connection: duckdb.DuckDBPyConnection) -> SetAside:
    """What was set aside, from the tables that were loaded."""
    by_rule = connection.execute(
        "select rule, count(*), sum(n_cells)::bigint from raw.rejections group by rule order by 2 desc, 1"
    ).fetchall()
    rules = [(f"{RULES.get(rule, rule)} ({rule})", n, n_cells) for rule, n, n_cells in by_rule]
    found = connection.execute(
        'select file, member, sheet, "row", "column", value, message, n_cells from raw.rejections '
        f'order by file, sheet, "row", "column", message limit {MOST}'
    ).fetchall()
    rows = []
    for file, member, sheet, row, column, value, message, n_cells in found:
        parts = [sheet or "", "" if row is None else f"row {row}", column or ""]
        where = " ".join(part for part in parts if part) or "file"
        rows.append({"file": file, "member": member, "where": where, "value": value, "message": message, "n_cells": int(n_cells)})
    return SetAside(sum(n for *_, n in rules), sum(n for _, n, _ in rules), rules, rows)


def write_run(
    folder: Path,
    cycle: Cycle,
    phase: Phase,
    results: Sequence[SuiteResult],
    loaded_at: dt.datetime | None,
    aside: SetAside | None = None,
) -> None:
    """Write a cycle's pages anew, with the results of one phase.

    Args:
        folder: of the cycle's pages.
        cycle: that was checked.
        phase: whose results these are.
        results: one for each suite.
        loaded_at: when the rows that were checked were loaded, UTC; another time begins another run. None for the last run's.
        aside: what was set aside; None where it is as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = read_run(folder)
    if run is None or (loaded_at is not None and run.loaded_at != loaded_at.isoformat()):
        if run is None:
            _remove_older(folder)
        else:
            _keep(folder, run)
        loaded = loaded_at or dt.datetime.now(dt.UTC).replace(tzinfo=None)
        run = Run(cycle.name, loaded.isoformat(), cycle.file.data_origin == "synthetic", 0)
    checked = {
        "checked_at": dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec="seconds"),
        "suites": [
            {
                "name": result.suite.name,
                "question": result.suite.question,
                "to_do": result.suite.to_do.format(cycle=cycle.name),
                "outcomes": [asdict(outcome) for outcome in result.outcomes],
            }
            for result in results
        ],
    }
    run = replace(run, phases=run.phases | {phase: checked})
    if aside is not None:
        run = replace(run, n_set_aside=aside.n_cells)
        _write(folder / SET_ASIDE, "set_aside.html", "../", run=run, **vars(aside))
    _write_run(folder, run)


def note_published(folder: Path, publication: str, restored: str | None) -> None:
    """Have a cycle's page say that its figures are published, or that others were brought back in their place.

    Args:
        folder: of the cycle's pages; nothing is done where there are none.
        publication: the publication's name.
        restored: the earlier publication that the figures come from; None where they are those that were checked.
    """
    run = read_run(folder)
    if run is not None:
        published = (
            {"published": publication, "restored": None} if restored is None else {"published": None, "restored": restored}
        )
        _write_run(folder, replace(run, **published))  # type: ignore[arg-type]


def read_run(folder: Path) -> Run | None:
    """The run whose pages are in a folder; None where there is none, or one that other code wrote."""
    try:
        return Run(**json.loads((folder / RUN).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _remove_older(folder: Path) -> None:
    """Remove what earlier code wrote in the place of these pages."""
    for name in PHASES:
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "outcomes.json").unlink(missing_ok=True)


def _keep(folder: Path, run: Run) -> None:
    """Put the last run's pages beside those before it."""
    place = folder / RUNS / run.stamp
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name in (RUN, SET_ASIDE):
        if (folder / name).exists():
            (folder / name).replace(place / name)
    _write(place / PAGE, "run.html", "../../../", run=run, is_current=False, earlier=[], **_counts(run))
    for old in sorted((folder / RUNS).iterdir())[:-KEPT]:
        shutil.rmtree(old)


def _write_run(folder: Path, run: Run) -> None:
    (folder / f"{RUN}.next").write_text(json.dumps(asdict(run)), encoding="utf-8")
    (folder / f"{RUN}.next").replace(folder / RUN)
    earlier = [
        {"href": f"{RUNS}/{path.name}/{PAGE}", "loaded_at": one.loaded_at, "published": one.published}
        for path in sorted((folder / RUNS).glob("*"), reverse=True)
        if (one := read_run(path)) is not None
    ]
    _write(folder / PAGE, "run.html", "../", run=run, is_current=True, earlier=earlier, **_counts(run))
    _write_index(folder.parent)


def _counts(run: Run) -> dict[str, Any]:
    unmet = [pair for pair in run.outcomes() if not pair[1]["is_met"]]
    return {
        "phases": PHASES,
        "unmet": sorted(unmet, key=lambda pair: pair[1]["severity"]),
        "n_met": run.count(None),
        "n_warning": run.count("warning"),
        "n_critical": run.count("critical"),
    }


def _write_index(docs: Path) -> None:
    """Write the index over all cycles, the last loaded first."""
    folders = [path for cycle in docs.iterdir() if cycle.is_dir() for path in (cycle, *(cycle / RUNS).glob("*"))]
    found = [(run, path) for path in folders if (run := read_run(path)) is not None]
    runs = [
        {
            "cycle": run.cycle,
            "href": (path / PAGE).relative_to(docs).as_posix(),
            "loaded_at": run.loaded_at,
            "n_set_aside": run.n_set_aside,
            "published": run.published,
            **_counts(run),
        }
        for run, path in sorted(found, key=lambda pair: pair[0].loaded_at, reverse=True)
    ]
    _write(docs / PAGE, "index.html", "", run=None, runs=runs)


def _write(path: Path, template: str, root: str, **context: Any) -> None:
    run = context.get("run")
    text = (
        _templates()
        .get_template(template)
        .render(
            context, root=root, style=Markup(STYLE.read_text(encoding="utf-8")), is_synthetic=run is not None and run.is_synthetic
        )
    )
    following = path.with_name(f"{path.name}.next")
    following.write_text(text, encoding="utf-8")
    following.replace(path)


@cache
def _templates() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    found.filters["moment"] = lambda text: f"{dt.datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"
    found.filters["figure"] = figure
    return found


def figure(value: Any) -> str:
    """A figure of a suite's table, with four digits that count."""
    return f"{value:.4g}" if isinstance(value, float) and not value.is_integer() else str(value).removesuffix(".0")
