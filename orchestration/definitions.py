"""The Dagster code location: all that Dagster loads, for one home."""

from __future__ import annotations

import dagster as dg

from orchestration.defs.alerts import alerts_sensor
from orchestration.defs.assets import publication, raw
from orchestration.defs.assets.checks import completeness_checks
from orchestration.defs.assets.marts import Dbt, mart_assets
from orchestration.defs.automation import freshness, morning, nightly, refresh, restore, submissions_landed
from orchestration.defs.dbt import DbtProject
from orchestration.defs.resources import Inputs, Warehouse
from orchestration.inputs.home import DBT_PROJECT, Home
from orchestration.warehouse.dbt import WARM_DBT
from orchestration.warehouse.marts import read_marts


def build_defs(home: Home) -> dg.Definitions:
    """The assets, checks, jobs, schedule and sensor that work on one home.

    Raises:
        RuntimeError: the dbt project does not parse.
    """
    marts = read_marts()
    project = DbtProject(DBT_PROJECT)
    build_marts, compare_cycles = mart_assets(project)
    return dg.Definitions(
        assets=[
            *dg.map_asset_specs(raw.with_columns, [raw.framework, raw.submissions]),
            build_marts,
            publication.joined([dg.AssetKey([m.schema, m.name]) for m in marts.values() if not m.is_across_cycles]),
            compare_cycles,
            publication.candidate,
            publication.write_reports,
            publication.publish,
        ],
        asset_checks=[
            completeness_checks("raw"),
            completeness_checks("marts"),
            completeness_checks("across_cycles"),
            publication.disclosure_audit,
            publication.packages_are_valid,
            publication.publication_differences,
        ],
        jobs=[refresh, restore, freshness],
        schedules=[nightly, morning],
        sensors=[submissions_landed, alerts_sensor(home)],
        resources={
            "inputs": Inputs(home_path=str(home.path)),
            "warehouse": Warehouse(home_path=str(home.path)),
            "dbt": Dbt(project_dir=str(DBT_PROJECT), dbt_executable=str(WARM_DBT)),
        },
        # one process for all steps: they share the locks, and no step pays a start-up
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev` and `dg` load: the definitions for the home that the environment names."""
    return build_defs(Home.current())
