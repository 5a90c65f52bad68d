"""What starts a refresh by itself: a nightly schedule for open cycles, a sensor for submissions that land or change."""

import json
from collections.abc import Iterator

import dagster as dg

from orchestration.assets.common import CYCLES, HOME
from orchestration.cycles import cycle_names, get_cycle
from orchestration.dagster_runs import end_dead_run
from orchestration.records import InputError
from orchestration.warehouse.inputs import fingerprint, loaded_fingerprint
from orchestration.warehouse.lock import dead_writer

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all(),
    partitions_def=CYCLES,
    description="One cycle, from files as received to the published marts",
)


@dg.schedule(
    job=refresh,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night, refresh the cycles that are open on that day",
)
def nightly(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Request a refresh of each open cycle."""
    day = context.scheduled_execution_time.date()
    is_any = False
    for name in CYCLES.get_partition_keys():
        if get_cycle(HOME, name).is_open(day):
            is_any = True
            yield dg.RunRequest(run_key=f"{name} {day}", partition_key=name)
    if not is_any:
        yield dg.SkipReason(f"No cycle is open on {day}.")


@dg.sensor(
    job=refresh,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Refresh a cycle when one of its files has come, gone or changed, and has been still for one look",
)
def submissions_landed(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Request a refresh of each cycle whose inputs differ from those last loaded.

    The cursor holds what the last look saw: a file that is still being copied changes between two looks, and waits.
    """
    dead = dead_writer(HOME)
    if dead is not None:
        end_dead_run(context.instance, dead)
    before: dict[str, str] = json.loads(context.cursor or "{}")
    now: dict[str, str] = {}
    requested, troubled = [], []
    for name in cycle_names(HOME):
        if name not in CYCLES.get_partition_keys():
            troubled.append(f"{name} is new: reload the code location")
            continue
        cycle = get_cycle(HOME, name)
        try:
            now[name] = fingerprint(cycle)
        except InputError as error:
            troubled.append(f"{name}: {error.problems[0]}")
            continue
        if now[name] == before.get(name) and now[name] != loaded_fingerprint(cycle):
            requested.append(name)
            yield dg.RunRequest(run_key=f"{name} {now[name]}", partition_key=name)
    context.update_cursor(json.dumps(now))
    if not requested:
        yield dg.SkipReason("; ".join(troubled) or "No submission has landed or changed.")
