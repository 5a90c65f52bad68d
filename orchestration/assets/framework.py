"""The cycle, its roster and its framework as raw tables."""

from collections.abc import Iterator

import dagster as dg

from orchestration.assets.common import CYCLES, OWNERS, Warehouse, table_metadata
from orchestration.progress import report
from orchestration.warehouse.framework_tables import framework_tables
from orchestration.warehouse.raw_schema import FRAMEWORK_TABLES
from orchestration.warehouse.raw_writer import open_build, replace_cycle

DESCRIPTIONS = {
    "cycles": "The cycle: its framework, reporting year, dates and thresholds",
    "groupings": "The groupings that the framework declares",
    "roster": "The nominated Members",
    "roster_groups": "The nominated Members' groups, as they were then",
    "policy": "The thresholds of the analysis",
    "dimensions": "Dimensions of Customs performance",
    "outcomes": "Expected outcomes",
    "kpis": "Key performance indicators",
    "instruments": "WCO instruments and tools",
    "instrument_outcomes": "Which instrument bears on which outcome",
    "sdgs": "Sustainable Development Goals",
    "outcome_sdgs": "Which outcome contributes to which goal",
}


@dg.multi_asset(
    name="load_framework",
    partitions_def=CYCLES,
    specs=[
        dg.AssetSpec(
            ["raw", table],
            description=DESCRIPTIONS[table],
            group_name="raw",
            owners=OWNERS,
            kinds={"python", "duckdb"},
        )
        for table in FRAMEWORK_TABLES
    ],
)
def load_framework(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Load the cycle, its roster and its framework; refused with file, row and reason where they contradict themselves."""
    report("Reading the framework", 0, 1)
    cycle = warehouse.cycle(context)
    tables = framework_tables(cycle)
    with open_build(warehouse.home.build_file) as connection:
        replace_cycle(connection, cycle.cycle, tables)
    report("Reading the framework", 1, 1)
    for name, table in tables.items():
        yield dg.MaterializeResult(["raw", name], metadata=table_metadata(table.num_rows, f"raw.{name}"))
