"""Runs the Dagster jobs in this process, and says what they came to."""

from __future__ import annotations

import signal
from contextlib import ExitStack, nullcontext, redirect_stdout
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb

from orchestration.cli.common import err, plain
from orchestration.definitions import build_defs
from orchestration.defs.history import mend_history
from orchestration.defs.progress import listening
from orchestration.defs.results import ENDED, failed
from orchestration.defs.runs import add_cycles, cause, check_result, instance_of
from orchestration.defs.turns import in_turn
from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.cycles import cycle_names
from orchestration.publication.make import NO_REASON
from orchestration.warehouse.build import build_of
from orchestration.warehouse.held import connected
from orchestration.warehouse.storage import storage_problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from orchestration.inputs.home import Home
    from orchestration.publication.reasons import Reason

MOST_LINES = 8
FRAMEWORK = "load_framework"
LOAD = "load_submissions"
JOIN = "publication__joined"
"""The name that Dagster gives the step of the asset `publication/joined`."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Runner:
    """The code location and the instance, loaded once for any number of runs; to be used in a `with` block."""

    def __init__(self, home: Home) -> None:
        self.home = home
        if said := mend_history(home):
            err().print(plain(said))
        self.instance = instance_of(home)
        self.defs = build_defs(home)
        self._open = ExitStack()

    def __enter__(self) -> Runner:
        """Dagster keeps track of the instance in use, in the order of `with` blocks."""
        self._open.enter_context(self.instance)
        return self

    def __exit__(self, *_: object) -> None:
        """Close the instance's files."""
        self._open.close()

    def refresh(
        self,
        cycle: str,
        show: Callable[[str, int, int], None],
        reason: Reason = NO_REASON,
        wait: Callable[[], object] | None = None,
    ) -> dict[str, Any]:
        """Refresh one cycle.

        Args:
            cycle: its name.
            show: called with the progress.
            reason: why, where that has to be said.
            wait: called when all is ready to be published; it is published when that returns.

        Returns:
            state (`published` or `failed`), checks, errors (sentences), counts of what was loaded, and by audience what is
            withheld from it.
        """
        why = {"reason": reason.text, "accept_loss": reason.accepts_loss, "release": list(reason.releases)}
        with nullcontext() if wait is None else in_turn(wait):
            found = self._run("refresh", cycle, show, {"ops": {FRAMEWORK: {"config": why}}})
        # a run that waited for another and was ended has loaded nothing: what is there is the other's
        return found | {
            "counts": self._counts(cycle, is_published=found["state"] == "published") if found["has_loaded"] else None
        }

    def restore(self, cycle: str, publication: str, reason: str, show: Callable[[str, int, int], None]) -> dict[str, Any]:
        """Publish a cycle's figures as an earlier publication had them.

        Args:
            cycle: its name.
            publication: the earlier publication's name.
            reason: why; it is kept with the publication.
            show: called with the progress.

        Returns:
            state, checks, errors and withheld, as for a refresh.
        """
        source = {"publication": publication, "reason": reason}
        return self._run("restore", cycle, show, {"ops": {JOIN: {"config": source}}})

    def _run(self, job: str, cycle: str, show: Callable[[str, int, int], None], config: dict[str, Any]) -> dict[str, Any]:
        add_cycles(self.instance, cycle_names(self.home))
        show("Starting", 0, 0)
        # dagster-dbt writes dbt's log to standard output, where it would drown the summary
        log = self.home.builds / cycle / "run.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with listening(show), log.open("w", encoding="utf-8") as file, redirect_stdout(file):
            result = self.defs.resolve_job_def(job).execute_in_process(
                partition_key=cycle, instance=self.instance, raise_on_error=False, run_config=QUIET | config
            )
        failures = [event for event in result.all_events if event.event_type == dg.DagsterEventType.STEP_FAILURE]
        return {
            "state": "published" if result.success else "failed",
            "has_loaded": any(event.is_step_success and event.step_key == LOAD for event in result.all_events),
            "checks": [check_result(e) for e in result.get_asset_check_evaluations()],
            "errors": [] if result.success else _errors(failures, self.home.shown(log)),
            "withheld": _withheld(result) if result.success else {},
            "publication": _publication(result) if result.success else None,
        }

    def _counts(self, cycle: str, *, is_published: bool) -> dict[str, Any] | None:
        build = build_of(self.home, cycle).whole if is_published else build_of(self.home, cycle).latest
        if not build.exists():
            return None
        try:
            with connected(build, read_only=True) as connection:
                row = connection.execute("select count(*), sum(n_cells) from raw.files").fetchone()
                states = connection.execute(
                    "select state, count(*) from raw.submissions group by state order by state"
                ).fetchall()
                sent = connection.execute(
                    "select count(distinct member) from raw.submissions where state = 'accepted'"
                ).fetchone()
                aside = connection.execute("select coalesce(sum(n_cells), 0) from raw.rejections").fetchone()
                members = connection.execute(
                    "select count(*), count(*) filter (where is_sufficient) from completeness.member_completeness"
                ).fetchone()
        except duckdb.Error:  # a build that was cut short, or that another refresh has begun anew
            return None
        n_files, n_cells = row or (0, 0)
        n_aside = int(aside[0]) if aside else 0
        n_members, n_sufficient = members or (0, 0)
        return {
            "n_files": n_files,
            "n_cells": int(n_cells or 0),
            "n_loaded": int(n_cells or 0) - n_aside,
            "n_set_aside": n_aside,
            "states": dict(states),
            "n_sent": sent[0] if sent else 0,
            "n_members": n_members,
            "n_sufficient": n_sufficient,
        }


def refresh_beside_others(home: Home, cycle: str, reason: Reason, asking: Connection) -> dict[str, Any]:
    """Refresh one of several cycles, in a process that `several.py` has begun.

    Args:
        home: whose cycle it is.
        cycle: its name.
        reason: as `Runner.refresh` takes it.
        asking: to who asks: it is sent the progress, and sends something when it is this cycle's turn to publish.

    Returns:
        what `Runner.refresh` does.
    """
    # Dagster sees to signals while the run goes on; one that comes before ends it when it first says how far it is, and one
    # that comes after it must not keep it from saying what it came to
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))

    def show(stage: str, done: int, total: int) -> None:
        if asked:
            raise KeyboardInterrupt
        asking.send((stage, done, total))

    try:
        with Runner(home) as runner:
            return runner.refresh(cycle, show, reason, asking.recv)
    except KeyboardInterrupt:
        return failed(ENDED)


def _publication(result: dg.ExecuteInProcessResult) -> str | None:
    """The name of what was published."""
    for event in result.asset_materializations_for_node("publish"):
        return str(event.metadata["publication"].value)
    return None


def _withheld(result: dg.ExecuteInProcessResult) -> dict[str, tuple[int, int]]:
    """By protected audience the rows of its file, and those of which figures are withheld, as its asset says."""
    found = {}
    for event in result.asset_materializations_for_node("publish"):
        name = event.asset_key.path[-1]
        if AUDIENCES[name].is_protected:  # type: ignore[index]
            n_rows = event.metadata["dagster/partition_row_count"].value
            n_withheld = event.metadata["rows_with_withheld_figures"].value
            found[name] = (int(n_rows), sum(n_withheld.values()))  # type: ignore[arg-type, union-attr]
    return found


def _shortened(message: str, log: str) -> str:
    """The first lines of a message, and where the rest is; dbt tells of every model that failed, with its whole stack."""
    lines = [line.strip() for line in message.strip().splitlines() if line.strip()]
    if "Errors parsed from dbt logs:" in lines:
        lines = ["dbt could not build the marts:", *lines[lines.index("Errors parsed from dbt logs:") + 1 :]]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"... and more, in {log}"]
    return "\n".join(lines)


def _errors(failures: list[dg.DagsterEvent], log: str) -> list[str]:
    """Why a run failed, in the words of the innermost cause, but for a step that a check blocks: the check says why."""
    lines = []
    for failure in failures:
        message = cause(failure)
        if message is not None and "blocking" not in message.lower():
            lines.append(storage_problem(message) or _shortened(message, log))
    return lines
