"""The raw tables of a cycle: its framework and roster, and what Members sent."""

from collections import Counter
from collections.abc import Iterable, Iterator

import dagster as dg
from pydantic import Field

from orchestration.defs.partitioned import CYCLES
from orchestration.defs.progress import report
from orchestration.defs.resources import OWNERS, Warehouse, table_metadata
from orchestration.defs.runs import note_reason
from orchestration.publication.make import refused
from orchestration.publication.reasons import Reason
from orchestration.warehouse.load import load_framework, load_submissions
from orchestration.warehouse.raw_schema import ANSWER_TABLES, FRAMEWORK_TABLES, RAW_TABLES, docs
from orchestration.warehouse.raw_writer import SQL_TYPES


def _specs(tables: Iterable[str], deps: Iterable[str] = ()) -> list[dg.AssetSpec]:
    return [
        dg.AssetSpec(
            ["raw", table],
            deps=[["raw", dep] for dep in deps],
            description=RAW_TABLES[table].description,
            group_name="raw",
            owners=OWNERS,
            kinds={"python", "duckdb"},
        )
        for table in tables
    ]


def with_columns(spec: dg.AssetSpec) -> dg.AssetSpec:
    """A raw table's asset with its columns, as Dagster shows those of the marts; what they are is read from a file."""
    texts, columns = docs(), RAW_TABLES[spec.key.path[-1]].columns
    schema = dg.TableSchema([dg.TableColumn(c.name, SQL_TYPES[str(c.type)], description=texts[c.doc]) for c in columns])
    return spec.merge_attributes(metadata={"dagster/column_schema": schema})


class Why(dg.Config):
    """Why the cycle is refreshed, where that has to be said.

    Attributes:
        reason: asked for where the cycle is closed and published, and where a loss is accepted; the publication keeps it.
        release: audiences for which the cycle is released, where it is held.
        accept_loss: publish although the cycle shows much less than before, or nobody.
    """

    reason: str = ""
    accept_loss: bool = False
    release: list[str] = Field(default_factory=list)


@dg.multi_asset(name="load_framework", partitions_def=CYCLES, specs=_specs(FRAMEWORK_TABLES))
def framework(context: dg.AssetExecutionContext, config: Why, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Begin the cycle's build anew with its framework; refused with file, row and reason where that contradicts itself."""
    report("Reading the framework", 0, 1)
    cycle, reason = warehouse.cycle(context), Reason(config.reason, config.accept_loss, tuple(config.release))
    note_reason(context.op_execution_context, reason)
    if said := refused(warehouse.home, cycle, reason):
        raise dg.Failure(said, allow_retries=False)
    counts = load_framework(cycle, warehouse.build(context).begin())
    report("Reading the framework", 1, 1)
    for name, n_rows in counts.items():
        yield dg.MaterializeResult(["raw", name], metadata=table_metadata(n_rows, f"raw.{name}"))


@dg.multi_asset(
    name="load_submissions",
    partitions_def=CYCLES,
    specs=_specs([*ANSWER_TABLES, "loads"], deps=["roster", "kpis", "instruments"]),
)
def submissions(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Read every file of the cycle, judge every cell, and load what is good."""
    cycle = warehouse.cycle(context)
    intake, counts = load_submissions(
        cycle, warehouse.build(context).resume(), lambda done, total: report("Reading submissions", done, total)
    )
    report("Reading submissions", len(intake.files), len(intake.files))
    context.log.info(
        f"{len(intake.files)} files: {intake.n_cells} cells received, {intake.n_loaded} loaded, {intake.n_set_aside} set aside"
    )
    for defect in intake.defects:
        context.log.warning(f"A file could not be read, which is a defect of the program: {defect}")
    for name, n_rows in counts.items():
        metadata = table_metadata(n_rows, f"raw.{name}")
        if name == "submissions":
            states = Counter(judged.state for judged in intake.judged)
            metadata |= {f"n_{state}": dg.MetadataValue.int(n) for state, n in states.items()}
        if name == "rejections":
            rules = Counter(rejection.rule for _, rejection in intake.rejections())
            metadata["rules"] = dg.MetadataValue.json(dict(rules.most_common()))
        yield dg.MaterializeResult(["raw", name], metadata=metadata)
