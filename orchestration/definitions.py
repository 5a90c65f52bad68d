"""The Dagster code location: everything that Dagster loads."""

from __future__ import annotations

import os

import dagster as dg

from orchestration.assets.checks import check_marts, check_raw
from orchestration.assets.common import HOME, Warehouse
from orchestration.assets.framework import load_framework
from orchestration.assets.marts import Dbt, build_marts
from orchestration.assets.publication import candidate, disclosure_audit, publication_differences, publish
from orchestration.assets.submissions import load_submissions
from orchestration.automation import nightly, refresh, submissions_landed
from orchestration.home import DBT_PROJECT
from orchestration.warehouse.dbt import WARM_DBT, dbt_environment

os.environ.update(dbt_environment(HOME))

defs = dg.Definitions(
    assets=[load_framework, load_submissions, build_marts, candidate, publish],
    asset_checks=[check_raw, check_marts, disclosure_audit, publication_differences],
    jobs=[refresh],
    schedules=[nightly],
    sensors=[submissions_landed],
    resources={
        "warehouse": Warehouse(home_path=str(HOME.path)),
        "dbt": Dbt(project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=str(WARM_DBT)),
    },
    # one process for all steps: they share the lock, and no step pays a start-up
    executor=dg.in_process_executor,
)
