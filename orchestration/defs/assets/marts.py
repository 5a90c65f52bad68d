"""The dbt models, each its own asset, with their tests as asset checks."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from orchestration.defs.dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets
from orchestration.defs.partitioned import CYCLES, check_spec
from orchestration.defs.progress import report
from orchestration.defs.resources import Warehouse, table_metadata
from orchestration.publication.make import joined_folder
from orchestration.warehouse.build import NAME
from orchestration.warehouse.column_lineage import read_column_lineage
from orchestration.warehouse.dbt import BUILD, described_test
from orchestration.warehouse.held import connected
from orchestration.warehouse.marts import ACROSS_CYCLES
from orchestration.warm.dbt import ADDRESS
from orchestration.warm.dbt_server import dbt_server

IS_MART = "pmm/is_mart"
JOINED = dg.AssetKey(["publication", "joined"])
"""What joins the cycles that are compared: for dbt, the source of this name."""


class Translator(DagsterDbtTranslator):
    """Groups assets by schema; what compares cycles is built in the file that joins them, and stands beside it."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """The table's name: its schema and its own."""
        if dbt_resource_props["resource_type"] != "model":
            return super().get_asset_key(dbt_resource_props)
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """What dagster-dbt gives, its group, and whether the model is a mart."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = self.get_resource_props(manifest, unique_id)
        if node["resource_type"] != "model":
            return spec
        # dagster-dbt asks for each model's several times
        made_from = _column_lineage().get(f"{node['schema']}.{node['name']}")
        spec = spec.merge_attributes(
            metadata={IS_MART: node["fqn"][1] == "marts"} | ({} if made_from is None else {"dagster/column_lineage": made_from})
        )
        return spec.replace_attributes(group_name=ACROSS_CYCLES if ACROSS_CYCLES in node["tags"] else node["schema"])

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """What dagster-dbt gives, its partitions, and what the test says."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None:
            return None
        return check_spec(
            name=spec.name,
            asset=spec.asset_key,
            description=described_test(manifest["nodes"][unique_id]),
            additional_deps=spec.additional_deps,
            metadata=spec.metadata,
            blocking=spec.blocking,
        )


@cache
def _column_lineage() -> dict[str, dg.TableColumnLineage]:
    """By model, as `schema.table`, from which columns of which assets each column is made; a model in Python is not there."""

    def dep(source: str) -> dg.TableColumnDep:
        table, _, column = source.rpartition(".")
        return dg.TableColumnDep(dg.AssetKey(table.split(".")), column)

    return {
        table: dg.TableColumnLineage({name: [dep(source) for source in sources] for name, sources in columns.items()})
        for table, columns in read_column_lineage().items()
    }


class Dbt(DbtCliResource):
    """dbt-core without the second adapter that dagster-dbt opens in this process to fetch metadata, which nobody asks for.

    It would cost a second of imports in every refresh. Should a later dagster-dbt name the method otherwise, all works
    the same and takes that second.
    """

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Any]:
        """Have dbt imported once, while files are read, in a run that Dagster begins by itself; `pmm refresh` has a server."""
        with nullcontext() if ADDRESS in os.environ else dbt_server(), super().yield_for_execution(context) as dbt:
            yield dbt

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ARG002
        return None


def mart_assets(project: DbtProject) -> tuple[dg.AssetsDefinition, dg.AssetsDefinition]:
    """The models that one cycle's build holds, and those that compare cycles."""
    common: dict[str, Any] = {
        "manifest": json.loads(project.manifest_path.read_text(encoding="utf-8")),
        "project": project,
        "partitions_def": CYCLES,
        "dagster_dbt_translator": Translator(),
    }

    @dbt_assets(name="build_marts", exclude=f"tag:{ACROSS_CYCLES}", **common)
    def build_marts(context: dg.AssetExecutionContext, dbt: Dbt, warehouse: Warehouse) -> Iterator[Any]:
        """Run `dbt build` in the cycle's build file."""
        yield from _build(context, dbt, warehouse.build(context).resume().parent, "Building the marts")

    @dbt_assets(name="compare_cycles", select=f"tag:{ACROSS_CYCLES}", **common)
    def compare_cycles(context: dg.AssetExecutionContext, dbt: Dbt, warehouse: Warehouse) -> Iterator[Any]:
        """Run `dbt build` of what compares cycles, in the file that joins them."""
        warehouse.publishing(context)
        yield from _build(context, dbt, joined_folder(warehouse.home), "Comparing cycles")

    return build_marts, compare_cycles


def _build(context: dg.AssetExecutionContext, dbt: Dbt, folder: Path, stage: str) -> Iterator[Any]:
    n_nodes = len(context.selected_output_names) + len(context.selected_asset_check_keys)
    invocation = dbt.cli(list(BUILD), context=context, target_path=folder, raise_on_error=False)
    # outputs of marts wait until dbt has let go of the file, so that they carry their row counts
    marts: list[Any] = []
    for done, event in enumerate(invocation.stream(), start=1):
        report(stage, done, n_nodes)
        if isinstance(event, dg.Output) and _metadata(context, event).get(IS_MART):
            marts.append(event)
        else:
            yield event
    with connected(folder / NAME, read_only=True) as connection:
        for output in marts:
            yield _counted(context, output, connection)
    error = invocation.get_error()
    if error is not None:
        raise error


def _metadata(context: dg.AssetExecutionContext, output: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = context.assets_def.metadata_by_key[context.asset_key_for_output(output.output_name)]
    return found


def _counted(context: dg.AssetExecutionContext, output: Any, connection: duckdb.DuckDBPyConnection) -> Any:
    """A mart's output, with the cycle's rows."""
    name = ".".join(context.asset_key_for_output(output.output_name).path)
    row = connection.execute(f"select count(*) from {name} where cycle = ?", [context.partition_key]).fetchone()
    return dg.Output(output.value, output.output_name, metadata={**output.metadata, **table_metadata(row[0] if row else 0, name)})
