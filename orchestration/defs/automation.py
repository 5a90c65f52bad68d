"""The jobs, and what starts them: a nightly schedule for open cycles, a look at them in the morning, a sensor for files."""

import datetime as dt
import json

import dagster as dg

from orchestration.defs.assets.marts import JOINED, Dbt
from orchestration.defs.resources import CYCLES, Inputs
from orchestration.defs.runs import add_cycles, end_dead_run
from orchestration.inputs.cycles import cycle_names, get_cycle
from orchestration.inputs.records import InputError
from orchestration.warehouse.build import build_of
from orchestration.warehouse.fingerprint import fingerprint, loaded_fingerprint
from orchestration.warehouse.lock import dead_runs

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
    description="Every night, refresh the cycles that are open on that day",
)
def nightly(context: dg.ScheduleEvaluationContext, inputs: Inputs) -> list[dg.RunRequest] | dg.SkipReason:
    """Request a refresh of each open cycle."""
    home, day = inputs.home, context.scheduled_execution_time.date()
    names = add_cycles(context.instance, cycle_names(home))
    requests = [dg.RunRequest(run_key=f"{name} {day}", partition_key=name) for name in names if _is_open(inputs, name, day)]
    return requests or dg.SkipReason(f"No cycle is open on {day}.")


def _is_open(inputs: Inputs, cycle: str, day: dt.date) -> bool:
    return get_cycle(inputs.home, cycle).is_open(day)


@dg.op(description="Whether each open cycle was loaded as lately as dbt's sources say it should be")
def look_at_freshness(context: dg.OpExecutionContext, inputs: Inputs, dbt: Dbt) -> None:
    """Run `dbt source freshness` on the last build of each open cycle."""
    home, day = inputs.home, dt.datetime.now(dt.UTC).date()
    stale = []
    for name in cycle_names(home):
        build = build_of(home, name)
        if not _is_open(inputs, name, day):
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


@dg.sensor(
    job=refresh,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Refresh a cycle when one of its files has come, gone or changed, and has been still for one look",
)
def submissions_landed(context: dg.SensorEvaluationContext, inputs: Inputs) -> dg.SensorResult | dg.SkipReason:
    """Request a refresh of each cycle whose inputs differ from those last loaded.

    The cursor holds what the last look saw: a file that is still being copied changes between two looks, and waits.
    """
    home = inputs.home
    for run_id in dead_runs(home):
        end_dead_run(context.instance, run_id)
    before: dict[str, str] = json.loads(context.cursor or "{}")
    now: dict[str, str] = {}
    requests, troubled = [], []
    for name in add_cycles(context.instance, cycle_names(home)):
        cycle = get_cycle(home, name)
        try:
            now[name] = fingerprint(cycle)
        except InputError as error:
            troubled.append(f"{name}: {error.problems[0]}")
            continue
        if now[name] == before.get(name) and now[name] != loaded_fingerprint(cycle):
            requests.append(dg.RunRequest(run_key=f"{name} {now[name]}", partition_key=name))
    skip = None if requests else dg.SkipReason("; ".join(troubled) or "No submission has landed or changed.")
    return dg.SensorResult(run_requests=requests, skip_reason=skip, cursor=json.dumps(now))
