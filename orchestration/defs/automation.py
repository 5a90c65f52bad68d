"""The jobs, and what starts them: a nightly schedule for open cycles, a look at them in the morning, a sensor for files."""

import datetime as dt
import json
import time
from dataclasses import asdict, dataclass, replace

import dagster as dg

from orchestration.defs.assets.marts import JOINED, Dbt
from orchestration.defs.launcher import keep_server
from orchestration.defs.partitioned import CYCLES
from orchestration.defs.resources import Inputs
from orchestration.defs.runs import PARTITION_TAG, RUN_KEY_TAG, add_cycles, checks_of, end_dead_runs
from orchestration.inputs.cycles import cycle_names, get_cycle
from orchestration.inputs.records import InputError
from orchestration.publication.make import NO_REASON, refused
from orchestration.warehouse.build import build_of
from orchestration.warehouse.fingerprint import fingerprint, has_changes, is_awaited

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all(),
    partitions_def=CYCLES,
    description="One cycle, from files as received to the published marts",
)

restore = dg.define_asset_job(
    "restore",
    selection=dg.AssetSelection.assets(JOINED).downstream(),
    partitions_def=CYCLES,
    description="One cycle's figures as an earlier publication had them, which the configuration of publication/joined names",
)


@dg.schedule(
    job=refresh,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night, refresh the cycles that are open on that day and to which somebody has sent something",
)
def nightly(context: dg.ScheduleEvaluationContext, inputs: Inputs) -> list[dg.RunRequest] | dg.SkipReason:
    """Request a refresh of each open cycle to which somebody has sent something."""
    home, day = inputs.home, context.scheduled_execution_time.date()
    names = add_cycles(context.instance, cycle_names(home))
    requests = [dg.RunRequest(run_key=f"{name} {day}", partition_key=name) for name in names if _is_going_on(inputs, name, day)]
    return requests or dg.SkipReason(f"No cycle to which somebody has sent something is open on {day}.")


def _is_going_on(inputs: Inputs, name: str, day: dt.date) -> bool:
    """Whether a cycle is open, and somebody has sent something."""
    cycle = get_cycle(inputs.home, name)
    return cycle.is_open(day) and not is_awaited(cycle)


@dg.op(description="Whether each open cycle was loaded as lately as dbt's sources say it should be")
def look_at_freshness(context: dg.OpExecutionContext, inputs: Inputs, dbt: Dbt) -> None:
    """Run `dbt source freshness` on the last build of each open cycle."""
    home, day = inputs.home, dt.datetime.now(dt.UTC).date()
    stale = []
    for name in cycle_names(home):
        build = build_of(home, name)
        if not _is_going_on(inputs, name, day):
            continue
        if not build.whole.exists():
            context.log.warning(f"{name} is open and was never refreshed.")
            continue
        if not dbt.cli(["source", "freshness"], target_path=build.folder, raise_on_error=False).is_successful():
            stale.append(name)
    if stale:
        raise dg.Failure(f"Open, and not refreshed as lately as they should be: {', '.join(stale)}. Does the daemon run?")


@dg.job(description="Are open cycles refreshed?")
def freshness() -> None:
    """Look at the freshness of open cycles."""
    look_at_freshness()


morning = dg.ScheduleDefinition(
    name="morning",
    job=freshness,
    cron_schedule="0 6 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every morning, see whether the night's refreshes were made",
)


IN_PROGRESS = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0
"""Seconds until a refresh that came to nothing is asked for again: twice as long each time, up to an hour."""


@dataclass(frozen=True)
class Look:
    """What the sensor remembers of a cycle from one look to the next.

    Attributes:
        seen: the fingerprint of the cycle's inputs.
        n_asked: how often a refresh of these inputs was asked for.
        asked_at: when it was last, in seconds since 1970.
    """

    seen: str
    n_asked: int = 0
    asked_at: float = 0.0

    def is_due(self, now: float) -> bool:
        """Whether a refresh is asked for, now that these inputs are not published yet."""
        pause = min(FIRST_PAUSE * 2 ** (self.n_asked - 1), LONGEST_PAUSE)
        # a clock that was set back makes nobody wait
        return self.n_asked == 0 or not self.asked_at <= now < self.asked_at + pause


def _looks(cursor: str | None) -> dict[str, Look]:
    """What the last look remembered; nothing where an earlier version wrote the cursor."""
    found = json.loads(cursor or "{}")
    return {name: Look(**one) for name, one in found.items() if isinstance(one, dict)}


@dg.sensor(
    job=refresh,
    minimum_interval_seconds=4,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Refresh a cycle when one of its files has come, gone or changed, and has been still for one look",
)
def submissions_landed(context: dg.SensorEvaluationContext, inputs: Inputs) -> dg.SensorResult | dg.SkipReason:
    """Request a refresh of each cycle whose inputs are not those last published, until they are.

    The cursor holds what the last look saw: a file that is still being copied changes between two looks, and waits. A refresh
    that fails is asked for again, after a pause that grows: its reason may have passed.
    """
    keep_server()
    home, now = inputs.home, time.time()
    end_dead_runs(context.instance, home)
    before, looks = _looks(context.cursor), {}
    requests, troubled = [], []
    for name in add_cycles(context.instance, cycle_names(home)):
        cycle = get_cycle(home, name)
        try:
            seen = fingerprint(cycle)
        except InputError as error:
            troubled.append(f"{name}: {error.problems[0]}")
            continue
        last = before.get(name)
        is_still = last is not None and last.seen == seen
        look = last if last is not None and is_still else Look(seen)
        if is_still and has_changes(cycle, seen) and look.is_due(now) and not _is_in_progress(context, name):
            if said := refused(home, cycle, NO_REASON):
                troubled.append(said)
            elif (blocked := _blocked(context, name, look)) is not None:
                troubled.append(f"{name} was stopped by {blocked}; it is not tried again before one of its files changes.")
            else:
                look = replace(look, n_asked=look.n_asked + 1, asked_at=now)
                requests.append(dg.RunRequest(run_key=_run_key(name, look), partition_key=name))
        looks[name] = look
    skip = None if requests else dg.SkipReason("; ".join(troubled) or "No submission has landed or changed.")
    cursor = json.dumps({name: asdict(look) for name, look in looks.items()})
    return dg.SensorResult(run_requests=requests, skip_reason=skip, cursor=cursor)


def _run_key(cycle: str, look: Look) -> str:
    return f"{cycle} {look.seen} {look.n_asked}"


def _blocked(context: dg.SensorEvaluationContext, cycle: str, look: Look) -> str | None:
    """The checks that stopped the refresh which was asked for last, and would stop the next; None where none did."""
    runs = context.instance.get_runs(dg.RunsFilter(tags={RUN_KEY_TAG: _run_key(cycle, look)}), limit=1)
    failed = [check.name for run in runs for check in checks_of(context.instance, run.run_id) if check.blocks]
    return ", ".join(failed) or None


def _is_in_progress(context: dg.SensorEvaluationContext, cycle: str) -> bool:
    filters = dg.RunsFilter(tags={PARTITION_TAG: cycle}, statuses=IN_PROGRESS)
    return bool(context.instance.get_run_records(filters, limit=1))
