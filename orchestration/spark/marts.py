"""The marts of one or more cycles, built by dbt on Spark from the raw tables of their builds as Parquet."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.inputs.home import DBT_PROJECT
from orchestration.statistics.correlation import correlation_table
from orchestration.warehouse.held import connected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyspark.sql import SparkSession

CORRELATIONS = "int_instrument_kpi_correlations"
CORRELATION_COLUMNS = (
    "cycle string, instrument string, kpi string, measure string, n bigint, spearman_rho double, ci_low double, ci_high double, "
    "kendall_tau_b double, p_value double, p_method string, note string, q_value double, is_significant boolean"
)
"""Of `correlation_table`, as Spark is to be told before it runs it."""


def write_raw(builds: Mapping[str, Path], folder: Path) -> None:
    """Write the raw tables as Parquet: `<folder>/raw/<table>/<cycle>.parquet`.

    Args:
        builds: the build file of each cycle.
        folder: where to.
    """
    for cycle, build in builds.items():
        with connected(build, read_only=True) as connection:
            names = connection.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall()
            for (name,) in names:
                table = folder / "raw" / name
                table.mkdir(parents=True, exist_ok=True)
                connection.table(f"raw.{name}").write_parquet(str(table / f"{cycle}.parquet"))
    # every cycle with every other: which of them are compared is the models' business
    pairs = list(permutations(builds, 2))
    table = pa.table(
        {
            "cycle": pa.array([cycle for cycle, _ in pairs], pa.string()),
            "previous_cycle": pa.array([previous for _, previous in pairs], pa.string()),
            "is_published": pa.array([False] * len(pairs), pa.bool_()),
        }
    )
    joined = folder / "publication" / "joined"
    joined.mkdir(parents=True)
    pq.write_table(table, joined / "pairs.parquet")


def name_sources(spark: SparkSession, folder: Path) -> None:
    """Have the Parquet files of a folder stand where the models look for their sources."""
    for schema in sorted(path for path in folder.iterdir() if path.name in ("raw", "publication")):
        spark.sql(f"create schema if not exists {schema.name}")
        for table in sorted(schema.iterdir()):
            # of an earlier run, on a server that was there already
            spark.sql(f"drop table if exists {schema.name}.{table.name}")
            spark.sql(f"create table {schema.name}.{table.name} using parquet location '{table.resolve()}'")


def build(spark: SparkSession, folder: Path) -> None:
    """Build all models: by dbt, but for the correlations, which are scipy's here as in DuckDB.

    Args:
        spark: a session in which the sources have their names.
        folder: for dbt's artifacts.

    Raises:
        RuntimeError: a model could not be built; dbt has said which, and why.
    """
    run_dbt(folder, "--exclude", f"{CORRELATIONS}+")
    correlate(spark)
    run_dbt(folder, "--select", f"{CORRELATIONS}+", "--exclude", CORRELATIONS)


def run_dbt(folder: Path, *selection: str) -> None:
    """Run dbt on Spark, in this process, since a session is one process's.

    Raises:
        RuntimeError: a model could not be built; dbt has said which, and why.
    """
    from dbt.cli.main import dbtRunner

    places = ("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT))
    outputs = ("--target-path", str(folder / "target"), "--log-path", str(folder / "log"))
    done = dbtRunner().invoke(["--quiet", "run", "--target", "spark", *places, *outputs, *selection])
    if not done.success:
        raise RuntimeError(f"dbt could not build all models on Spark{f': {done.exception}' if done.exception else ''}")


def correlate(spark: SparkSession) -> None:
    """Make the table of correlations: those of a cycle and measure in one place, since their p-values are corrected together."""
    pairs = spark.table("intermediate.int_instrument_kpi_pairs").groupBy("cycle", "measure")
    correlations = pairs.applyInPandas(correlation_table, CORRELATION_COLUMNS)
    correlations.write.saveAsTable(f"intermediate.{CORRELATIONS}", format="parquet", mode="overwrite")
