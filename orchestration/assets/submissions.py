"""The files that Members sent as raw tables: answers that loaded, what was set aside, and what became of each file."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import dagster as dg

from orchestration.assets.common import CYCLES, OWNERS, Warehouse, table_metadata
from orchestration.intake.cycle import raw_tables, read_cycle
from orchestration.progress import report
from orchestration.warehouse.inputs import fingerprint, identity, note_loaded
from orchestration.warehouse.raw_schema import ANSWER_TABLES
from orchestration.warehouse.raw_writer import mark_refreshing, open_build, replace_cycle

STAGE = "Reading submissions"
DESCRIPTIONS = {
    "files": "Files received",
    "submissions": "What was received, one row a file, Member and revision, with its state",
    "kpi_answers": "Answers on KPIs, one row a cell, the text as submitted beside the typed value",
    "instrument_answers": "Answers on instruments, one row a cell",
    "rejections": "What was set aside, each with a sentence for the sender",
    "loads": "When the cycle was loaded, and that it is being refreshed",
}


@dg.multi_asset(
    name="load_submissions",
    partitions_def=CYCLES,
    specs=[
        dg.AssetSpec(
            ["raw", table],
            deps=[["raw", "roster"], ["raw", "kpis"], ["raw", "instruments"]],
            description=DESCRIPTIONS[table],
            group_name="raw",
            owners=OWNERS,
            kinds={"python", "duckdb"},
        )
        for table in [*ANSWER_TABLES, "loads"]
    ],
)
def load_submissions(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Read every file of the cycle, judge every cell, and load what is good."""
    cycle = warehouse.cycle(context)
    # taken before reading: a file that lands meanwhile makes the next look find a change
    seen = fingerprint(cycle)
    intake = read_cycle(cycle, lambda done, total: report(STAGE, done, total))
    tables = raw_tables(intake)
    with open_build(warehouse.home.build_file) as connection:
        replace_cycle(connection, cycle.cycle, tables)
        made_of = identity(cycle, {file.file: file.sha256 for file in intake.files})
        mark_refreshing(connection, cycle.cycle, dt.datetime.now(dt.UTC).replace(tzinfo=None), made_of)
    note_loaded(cycle, seen)
    report(STAGE, len(intake.files), len(intake.files))
    states = Counter(one.state for one in intake.judged)
    rules = Counter(rejection.rule for _, rejection in intake.rejections())
    context.log.info(
        f"{len(intake.files)} files: {intake.n_cells} cells received, {intake.n_loaded} loaded, {intake.n_set_aside} set aside"
    )
    for name, table in tables.items():
        metadata = table_metadata(table.num_rows, f"raw.{name}")
        if name == "submissions":
            metadata |= {f"n_{state}": dg.MetadataValue.int(n) for state, n in states.items()}
        if name == "rejections":
            metadata["rules"] = dg.MetadataValue.json(dict(rules.most_common()))
        yield dg.MaterializeResult(["raw", name], metadata=metadata)
    yield dg.MaterializeResult(["raw", "loads"], metadata=table_metadata(1, "raw.loads"))
