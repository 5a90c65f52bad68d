"""Runs the Dagster job `refresh` in this process, and says what it came to."""

from __future__ import annotations

import warnings
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb

from orchestration.dagster_runs import check_result, instance_of
from orchestration.disclosure.audiences import AUDIENCES
from orchestration.progress import listening
from orchestration.warehouse.lock import writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestration.home import Home

MOST_LINES = 8
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Refresher:
    """The code location and the instance, loaded once for any number of refreshes."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.instance = instance_of(home)
        warnings.filterwarnings("ignore", module="dagster")
        from orchestration.definitions import defs

        self.job = defs.resolve_job_def("refresh")

    def begin_anew(self) -> None:
        """Remove the build file, so that all cycles are built from nothing but the raw files."""
        with writing(self.home, lambda _: None):
            self.home.build_file.unlink(missing_ok=True)
            # a log of changes to the old file must never be played into the new one
            self.home.build_file.with_name(f"{self.home.build_file.name}.wal").unlink(missing_ok=True)

    def refresh(self, cycle: str, show: Callable[[str, int, int], None]) -> dict[str, Any]:
        """Refresh one cycle.

        Args:
            cycle: its name.
            show: told of the progress.

        Returns:
            state (`published` or `failed`), checks, errors (sentences), counts of what was loaded, and by audience what is
            withheld from it.
        """
        # dagster-dbt writes dbt's log to standard output, where it would drown the summary
        log = self.home.warehouse / "build" / "refresh.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with listening(show), log.open("w", encoding="utf-8") as file, redirect_stdout(file):
            result = self.job.execute_in_process(
                partition_key=cycle, instance=self.instance, raise_on_error=False, run_config=QUIET
            )
        checks = [check_result(e) for e in result.get_asset_check_evaluations()]
        errors = [] if result.success else _errors(result)
        return {
            "state": "published" if result.success else "failed",
            "checks": checks,
            "errors": errors,
            "counts": self._counts(cycle),
            "withheld": _withheld(result) if result.success else {},
        }

    def _counts(self, cycle: str) -> dict[str, Any] | None:
        if not self.home.build_file.exists():
            return None
        with duckdb.connect(str(self.home.build_file), read_only=True) as connection:
            try:
                row = connection.execute("select count(*), sum(n_cells) from raw.files where cycle = ?", [cycle]).fetchone()
                states = connection.execute(
                    "select state, count(*) from raw.submissions where cycle = ? group by state order by state", [cycle]
                ).fetchall()
                sent = connection.execute(
                    "select count(distinct member) from raw.submissions where cycle = ? and state = 'accepted'", [cycle]
                ).fetchone()
                aside = connection.execute(
                    "select coalesce(sum(n_cells), 0) from raw.rejections where cycle = ?", [cycle]
                ).fetchone()
                members = connection.execute(
                    "select count(*), count(*) filter (where is_sufficient) "
                    "from completeness.member_completeness where cycle = ?",
                    [cycle],
                ).fetchone()
            except duckdb.CatalogException:
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


def _shortened(message: str) -> str:
    """The first lines of a message, and where the rest is; dbt tells of every model that failed, with its whole stack."""
    lines = [line.strip() for line in message.strip().splitlines() if line.strip()]
    if "Errors parsed from dbt logs:" in lines:
        lines = ["dbt could not build the marts:", *lines[lines.index("Errors parsed from dbt logs:") + 1 :]]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], "... and more, in warehouse/build/refresh.log and warehouse/build/dbt/dbt.log"]
    return "\n".join(lines)


def _errors(result: dg.ExecuteInProcessResult) -> list[str]:
    """Why a run failed, in the words of the innermost cause; a blocked step is told by its check."""
    lines = []
    for event in result.all_events:
        if event.event_type == dg.DagsterEventType.STEP_FAILURE:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None:
                error = error.cause
            if error is not None and "blocking" not in error.message.lower():
                lines.append(_shortened(error.message))
    return lines
