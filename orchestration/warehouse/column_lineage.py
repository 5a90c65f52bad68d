"""From which columns each column of a dbt model is made, read from the model's SQL; `make docs` writes it, and Dagster has it.

It stands in a file, since reading the SQL of all models takes seconds: `dbt_project/column_lineage.json`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.inputs.home import DBT_PROJECT
from orchestration.warehouse.dbt import DBT, FOLDERS, environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

FILE = DBT_PROJECT / "column_lineage.json"

Lineage = dict[str, dict[str, list[str]]]
"""By model, as `schema.table`, and column the columns that it is made from, as `schema.table.column`; none where it counts rows,
or is a word. A model in Python is not there."""


def read_column_lineage() -> Lineage:
    """The lineage as `make docs` wrote it."""
    written = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        table: {column: sources.split(", ") if sources else [] for column, sources in columns.items()}
        for table, columns in written.items()
    }


def written(lineage: Lineage) -> str:
    """The lineage as the file has it: a line a column."""
    joined = {table: {column: ", ".join(sources) for column, sources in own.items()} for table, own in lineage.items()}
    return json.dumps(joined, indent=1) + "\n"


def find_column_lineage(manifest: Mapping[str, Any]) -> Lineage:
    """Read the lineage from the SQL of all models, which dbt compiles.

    Args:
        manifest: dbt's manifest.json.

    Raises:
        RuntimeError: dbt does not compile the project; the message is dbt's.
        sqlglot.errors.SqlglotError: a model's SQL is not understood, or has a column that no model or source describes.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [str(DBT), "--quiet", "compile", "--no-write-json", *FOLDERS]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(folder))
        if done.returncode != 0:
            raise RuntimeError(f"The dbt project does not compile:\n{done.stdout}{done.stderr}")
        return _of_models(manifest, folder / "compiled")


def _of_models(manifest: Mapping[str, Any], compiled: Path) -> Lineage:
    # what only `make docs` needs
    from sqlglot import MappingSchema, exp, parse_one
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    columns: dict[str, Any] = {}
    for node in [*models, *manifest["sources"].values()]:
        of_schema = columns.setdefault(node["database"], {}).setdefault(node["schema"], {})
        of_schema[node["name"]] = {name: column["data_type"] or "varchar" for name, column in node["columns"].items()}
    schema = MappingSchema(columns, dialect="duckdb")
    found: Lineage = {}
    for node in sorted(models, key=lambda one: (one["schema"], one["name"])):
        if node["language"] != "sql":
            continue
        sql = (compiled / node["package_name"] / node["original_file_path"]).read_text(encoding="utf-8")
        query = qualify(parse_one(sql, dialect="duckdb"), schema=schema, dialect="duckdb", identify=False)
        scope = build_scope(query)
        own = found[f"{node['schema']}.{node['name']}"] = {}
        for column in node["columns"]:
            read = lineage(column, query, schema, scope=scope, dialect="duckdb", copy=False)
            sources = [one for one in read.walk() if isinstance(one.expression, exp.Table)]
            own[column] = sorted({f"{_table(one.expression)}.{exp.to_column(one.name).name}" for one in sources})
    return found


def _table(read: exp.Expression) -> str:
    return f"{read.text('db')}.{read.name}"
