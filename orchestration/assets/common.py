"""What all assets share: partitions, owners, and the resource that is the warehouse."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from orchestration.cycles import Cycle, cycle_names, get_cycle
from orchestration.dagster_runs import end_dead_run
from orchestration.home import Home
from orchestration.warehouse.lock import writing
from orchestration.warehouse.raw_writer import last_loaded

OWNERS = ["pmm-data@example.org"]
HOME = Home.current()
CYCLES = dg.StaticPartitionsDefinition(cycle_names(HOME))
"""The cycles that `raw/cycles/` holds when the code location is loaded; reload it after `pmm new-cycle`."""


class Warehouse(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The home whose warehouse a run writes. It holds the one writer's lock from the run's first step to its last."""

    home_path: str

    @property
    def home(self) -> Home:
        """The home."""
        return Home(Home.current().path.joinpath(self.home_path))

    def cycle(self, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Cycle:
        """The cycle that the run is for; a check that is run by itself, which has no partition, looks at the last one loaded."""
        name = context.partition_key if context.op_execution_context.has_partition_key else last_loaded(self.home.build_file)
        return get_cycle(self.home, name or "")

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Warehouse"]:
        """Hold the lock while the run lasts."""
        log, instance = context.log, context.instance
        with writing(self.home, lambda text: log.info(text) if log else None, context.run_id or "") as dead:
            if dead is not None and instance is not None:
                end_dead_run(instance, dead)
            yield self


def table_metadata(n_rows: int, table: str) -> dict[str, dg.MetadataValue]:
    """Metadata of an asset that is a table."""
    return {
        "dagster/partition_row_count": dg.MetadataValue.int(n_rows),
        "dagster/table_name": dg.MetadataValue.text(table),
    }
