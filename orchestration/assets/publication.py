"""The files that analysts open, published once the checks have passed."""

import dagster as dg

from orchestration.assets.common import CYCLES, OWNERS, Warehouse
from orchestration.assets.marts import build_marts
from orchestration.cycles import cycle_names
from orchestration.progress import report
from orchestration.publication import MART_SCHEMAS
from orchestration.publication.assemble import publish


@dg.asset(
    key=["publication", "internal"],
    partitions_def=CYCLES,
    deps=[key for key in build_marts.keys if key.path[0] in MART_SCHEMAS],
    group_name="publication",
    owners=OWNERS,
    kinds={"duckdb"},
    description="warehouse/internal.duckdb: all marts of all cycles, for the Secretariat; replaced as a whole",
)
def internal(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Publish the cycle's marts."""
    report("Publishing", 0, 1)
    home, cycle = warehouse.home, warehouse.cycle(context)
    target = home.published("internal")
    counts = publish(home.build_file, target, cycle.cycle, cycle_names(home))
    report("Publishing", 1, 1)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(target),
            "data_origin": cycle.file.data_origin,
            "dagster/partition_row_count": sum(counts.values()),
            "rows": dg.MetadataValue.json(counts),
        }
    )
