"""The project's Dagster instance: runs started here, and what earlier runs of a cycle came to."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.defs.results import ENDED, CheckResult
from orchestration.inputs.home import CODE
from orchestration.publication.reasons import Reason
from orchestration.warehouse.lock import dead_runs, dead_waiters
from orchestration.warehouse.private import close_folders

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestration.inputs.home import Home

PARTITION_TAG = "dagster/partition"
RUN_KEY_TAG = "dagster/run_key"
WAITING_TAG = "pmm/waiting"
"""Whether a run waits for another one: `yes` until it goes on, and for good where it ended before it could."""
REASON_TAG = "pmm/reason"
"""Why a run refreshes a cycle: asked for where the cycle is closed and published, and where a loss is accepted."""
ACCEPT_LOSS_TAG = "pmm/accept_loss"
"""`yes` where whoever started a run accepts that the cycle shows much less than it did."""
RELEASE_TAG = "pmm/release"
"""The audiences for which whoever started a run releases the cycle, with commas between."""
READABLE = ("Failure", "InputError")
"""Errors that are written for people, and need no name before them."""
INTERRUPTED = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
"""Errors that say that somebody ended the run."""
QUERY_INTERRUPTED = "RuntimeError: Query interrupted"
"""How DuckDB says so, where a query was going on: whatever the signal's handler raised, it raises this."""
PARTITIONS = "cycle"
"""The name of the partitions."""


@dataclass(frozen=True)
class RunSummary:
    """A run of one cycle, whoever started it.

    Attributes:
        state: `published`, `failed`, `queued`, `waiting` (for another refresh), `running`, or `partial` where it did not get as
            far as publishing.
        ended: UTC; when it began, while it runs.
        reason: why it failed, as a sentence; empty where it did not.
    """

    run_id: str
    state: str
    ended: dt.datetime | None
    checks: tuple[CheckResult, ...]
    reason: str = ""

    @property
    def n_passed(self) -> int:
        """Checks passed."""
        return sum(c.is_passed for c in self.checks)

    @property
    def warned(self) -> list[CheckResult]:
        """Checks that were not met, but do not block."""
        return [c for c in self.checks if not c.is_passed and not c.is_error]

    @property
    def failed(self) -> list[CheckResult]:
        """Checks that block."""
        return [c for c in self.checks if c.blocks]


def instance_of(home: Home) -> dg.DagsterInstance:
    """The instance that `dagster.yaml` describes; it holds the runs of `pmm`, of `dagster dev` and of the daemon.

    The paths in that file are relative to the home. What it writes is the Secretariat's alone.
    """
    close_folders(home)
    config = home.path if (home.path / "dagster.yaml").exists() else CODE
    with contextlib.chdir(home.path):
        return dg.DagsterInstance.from_config(str(config))


def add_cycles(instance: dg.DagsterInstance, names: list[str]) -> list[str]:
    """Have the partitions be the cycles that there are; returns them."""
    known = set(instance.get_dynamic_partitions(PARTITIONS))
    if new := [name for name in names if name not in known]:
        instance.add_dynamic_partitions(PARTITIONS, new)
    for gone in known - set(names):
        instance.delete_dynamic_partition(PARTITIONS, gone)
    return names


def note_reason(context: dg.OpExecutionContext, reason: Reason) -> None:
    """Have a run's tags say why it was started, for its later steps and for whoever looks at the list of runs."""
    tags = {REASON_TAG: reason.text} if reason.text else {}
    tags |= {ACCEPT_LOSS_TAG: "yes"} if reason.accepts_loss else {}
    tags |= {RELEASE_TAG: ",".join(reason.releases)} if reason.releases else {}
    if tags:
        context.instance.add_run_tags(context.run_id, tags)


def given_reason(context: dg.OpExecutionContext) -> Reason:
    """Why a run was started, as its first step noted it."""
    run = context.instance.get_run_by_id(context.run_id)
    tags = {} if run is None else run.tags
    released = tuple(audience for audience in tags.get(RELEASE_TAG, "").split(",") if audience)
    return Reason(tags.get(REASON_TAG, ""), tags.get(ACCEPT_LOSS_TAG) == "yes", released)


def end_dead_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """Record that a run failed whose process died and could not say so; else it would count as running for ever.

    Dagster lets one run be in progress at a time, so that such a run would keep all others waiting.
    """
    run = instance.get_run_by_id(run_id)
    if run is not None and not run.is_finished:
        instance.report_run_failed(
            run, "The process that ran it ended before it could say why; the last publication is as it was."
        )


def end_dead_runs(instance: dg.DagsterInstance, home: Home) -> None:
    """Record how runs ended whose process died: those that held a lock failed, those that waited for one did nothing."""
    for run_id in dead_runs(home):
        end_dead_run(instance, run_id)
    for run_id in dead_waiters(home):
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            instance.report_run_canceled(run, "The process that ran it ended while it waited for another refresh.")


def last_run(instance: dg.DagsterInstance, cycle: str) -> RunSummary | None:
    """The latest run of a cycle, but for those that ended while they waited for another; None if there was none."""
    records = instance.get_run_records(dg.RunsFilter(tags={PARTITION_TAG: cycle}), limit=20)
    # nor those of a process that ended before its run could begin
    begun = [
        r
        for r in records
        if not (r.dagster_run.is_finished and r.dagster_run.tags.get(WAITING_TAG) == "yes")
        and r.dagster_run.status != dg.DagsterRunStatus.NOT_STARTED
    ]
    if not begun:
        return None
    record = begun[0]
    run = record.dagster_run
    checks = checks_of(instance, run.run_id)
    stamp = record.end_time or record.start_time
    published = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    is_published = any(
        r.event_log_entry.dagster_event is not None
        and r.event_log_entry.dagster_event.asset_key == dg.AssetKey(["publication", "internal"])
        for r in published
    )
    state = (
        "queued"
        if run.status == dg.DagsterRunStatus.QUEUED
        else "waiting"
        if not run.is_finished and run.tags.get(WAITING_TAG) == "yes"
        else "running"
        if not run.is_finished
        else "failed"
        if run.is_failure_or_canceled
        else "published"
        if is_published
        else "partial"
    )
    ended = None if stamp is None else dt.datetime.fromtimestamp(stamp, dt.UTC).replace(tzinfo=None)
    reason = failure_reason(instance, run.run_id, checks) if state == "failed" else ""
    return RunSummary(run.run_id, state, ended, tuple(checks), reason)


def checks_of(instance: dg.DagsterInstance, run_id: str) -> list[CheckResult]:
    """The results of the checks of a run."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    events = [record.event_log_entry.dagster_event for record in records]
    return [check_result(event.asset_check_evaluation_data) for event in events if event is not None]


def cause(failure: dg.DagsterEvent) -> str | None:
    """Why a step failed, in the words of the innermost cause; None where it does not say."""
    name, message = innermost(failure)
    if name in INTERRUPTED or message.strip().endswith(QUERY_INTERRUPTED):
        return ENDED
    # Python writes the class before the message; people need what it says
    _, is_named, said = message.partition(f"{name}: ")
    return (said if is_named and name in READABLE else message) or None


def failure_reason(
    instance: dg.DagsterInstance,
    run_id: str,
    checks: list[CheckResult],
    words: Callable[[dg.DagsterEvent], str | None] = cause,
) -> str:
    """Why a run failed: the checks that blocked it, else the first lines of why the step failed.

    Args:
        instance: that has the run.
        run_id: its name.
        checks: that it made.
        words: says of the event of a step's failure why.
    """
    blocked = [f"{check.name}: {check.description}" for check in checks if check.blocks]
    if blocked:
        return "; ".join(blocked)
    for kind in (dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_CANCELED):
        for record in instance.get_records_for_run(run_id, of_type=kind).records:
            event = record.event_log_entry.dagster_event
            if event is None:
                continue
            said = words(event) if kind == dg.DagsterEventType.STEP_FAILURE else event.message
            lines = [line.strip() for line in (said or "").splitlines() if line.strip()]
            if lines:
                return " ".join(lines[:3])
    return "the run says nothing of it"


def innermost(failure: dg.DagsterEvent) -> tuple[str, str]:
    """The class and the message of the innermost cause of a step's failure; both empty where it does not say."""
    error = failure.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return ("", "") if error is None else (error.cls_name or "", error.message)


def check_result(evaluation: dg.AssetCheckEvaluation) -> CheckResult:
    """A check's evaluation as Dagster records it."""
    return CheckResult(
        evaluation.check_name,
        evaluation.passed,
        evaluation.severity == dg.AssetCheckSeverity.ERROR,
        evaluation.description or "",
    )
