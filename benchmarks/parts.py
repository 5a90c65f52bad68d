"""What a refresh is made of at least: its imports, and the SQL of its models."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

IMPORTED = {"Dagster": "dagster", "Great Expectations": "orchestration.completeness.run", "dbt": "dbt.cli.main"}
"""By the name that people know it by, the module that a refresh needs of a package."""


def import_alone(module: str) -> float:
    """Seconds that a process takes for one import."""
    ask = f"import time; began = time.perf_counter(); import {module}; print(time.perf_counter() - began)"
    return float(subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout)


def sql_alone(built: Path, file: str) -> float:
    """Seconds that DuckDB takes for the models that are written in SQL, one after the other, as dbt has compiled them.

    Args:
        built: where dbt has built them, with its artifacts.
        file: the database's name there.
    """
    kinds = {
        name: node["config"]["materialized"]
        for name, node in json.loads((built / "manifest.json").read_text(encoding="utf-8"))["nodes"].items()
        if node["resource_type"] == "model" and node["language"] == "sql"
    }
    done = json.loads((built / "run_results.json").read_text(encoding="utf-8"))["results"]
    models = [(one["relation_name"], kinds[one["unique_id"]], one["compiled_code"]) for one in done if one["unique_id"] in kinds]
    copy = built / "copy"
    copy.mkdir(exist_ok=True)
    shutil.copy(built / file, copy)
    with duckdb.connect(str(copy / file)) as connection:
        began = time.perf_counter()
        for relation, kind, code in models:
            connection.execute(f"create or replace {kind} {relation} as {code}")
        return time.perf_counter() - began
