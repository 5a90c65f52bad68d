"""The dbt models, each its own asset, with their tests as asset checks."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets

from orchestration.assets.common import CYCLES, Warehouse, table_metadata
from orchestration.progress import report
from orchestration.warehouse.dbt import BUILD, dbt_target, ensure_manifest, incremental_columns
from orchestration.warehouse.raw_writer import drop_outdated

STAGE = "Building the marts"
IS_TABLE = "pmm/is_table"


class Translator(DagsterDbtTranslator):
    """Groups assets by schema."""

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        """What dagster-dbt gives, and whether the model is a table."""
        is_table = dbt_resource_props.get("config", {}).get("materialized") not in (None, "view")
        return {**super().get_metadata(dbt_resource_props), IS_TABLE: is_table}

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The model's schema."""
        return str(dbt_resource_props["schema"])


class Dbt(DbtCliResource):
    """dbt-core without the second adapter that dagster-dbt opens in this process to fetch metadata, which nobody asks for.

    It would cost a second of imports in every refresh. Should a later dagster-dbt name the method otherwise, all works
    the same and takes that second.
    """

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ARG002
        return None


COLUMNS = incremental_columns(json.loads(ensure_manifest().read_text(encoding="utf-8")))


@dbt_assets(
    manifest=ensure_manifest(),
    partitions_def=CYCLES,
    dagster_dbt_translator=Translator(),
    name="build_marts",
)
def build_marts(context: dg.AssetExecutionContext, dbt: Dbt, warehouse: Warehouse) -> Iterator[Any]:
    """Run `dbt build` for the cycle that raw.loads says is being refreshed."""
    cycle = warehouse.cycle(context)
    drop_outdated(warehouse.home.build_file, COLUMNS)
    n_nodes = len(context.selected_output_names) + len(context.selected_asset_check_keys)
    invocation = dbt.cli(list(BUILD), context=context, target_path=dbt_target(warehouse.home), raise_on_error=False)
    # Outputs of tables wait until dbt has let go of the file, so that they carry their row counts.
    tables: list[tuple[str, Any]] = []
    for done, event in enumerate(invocation.stream(), start=1):
        report(STAGE, done, n_nodes)
        name = _table_of(context, event)
        if name is None:
            yield event
        else:
            tables.append((name, event))
    with duckdb.connect(str(warehouse.home.build_file), read_only=True) as connection:
        for name, event in tables:
            row = connection.execute(f"select count(*) from {name} where cycle = ?", [cycle.cycle]).fetchone()
            counted = table_metadata(row[0] if row else 0, name)
            yield dg.Output(event.value, event.output_name, metadata={**event.metadata, **counted})
    error = invocation.get_error()
    if error is not None:
        raise error


def _table_of(context: dg.AssetExecutionContext, event: Any) -> str | None:
    """The table that an event says was built, as schema.table; None for views and checks."""
    if not isinstance(event, dg.Output):
        return None
    key = context.asset_key_for_output(event.output_name)
    return ".".join(key.path) if context.assets_def.metadata_by_key[key].get(IS_TABLE) else None
