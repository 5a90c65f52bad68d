"""`make spark` builds the marts on Spark from the raw tables of the last builds, and compares every row with DuckDB's."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from orchestration.inputs.home import Home
from orchestration.spark.compare import differing
from orchestration.spark.marts import build, name_sources, write_raw
from orchestration.spark.session import REMOTE, spark_session
from orchestration.warehouse.build import NAME, build_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

TRENDS = ("aggregate", "kpi_trends")
"""The mart that looks at several cycles, which DuckDB builds where they are joined for a publication."""
NOT_MADE = {"default", "raw", "publication"}
"""Schemas of which dbt reads, or nobody."""
NOT_COMPARED = {("intermediate", "int_cycle_pairs"), ("staging", "stg_cycle_pairs")}
"""How cycles are paired up on the way to the trends."""
NUMBER = "group_number"
"""By which groups are joined: it has a meaning among the cycles of one build alone."""


def main(cycles: list[str]) -> int:
    """Build and compare; returns the exit code: 0 all rows are the same, 1 some differ, 2 there is nothing to build from."""
    home = Home.current()
    built = sorted(path.parent.name for path in home.builds.glob(f"*/{NAME}"))
    builds = {cycle: build_of(home, cycle).whole for cycle in cycles or built}
    missing = [cycle for cycle, path in builds.items() if not path.exists()]
    if missing or not builds:
        print(f"Not built yet: {', '.join(missing) or 'any cycle'}. Do so first: pmm refresh --all", file=sys.stderr)
        return 2
    engine = os.environ.get(REMOTE) or "Sail"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # where a server in this process keeps its tables
        os.chdir(folder)
        write_raw(builds, folder)
        with spark_session() as spark:
            start = time.monotonic()
            name_sources(spark, folder)
            build(spark, folder)
            print(f"Built on Spark ({engine}) in {time.monotonic() - start:.0f} s: {', '.join(builds)}")
            return compare(spark, home, builds)


def compare(spark: SparkSession, home: Home, builds: Mapping[str, Path]) -> int:
    """Compare every relation of Spark with DuckDB's, and say what differs; returns the exit code."""
    n_tables = n_rows = n_differing = 0
    with duckdb.connect() as connection:
        for number, path in enumerate(builds.values()):
            connection.execute(f"attach '{path}' as build_{number} (read_only)")
        published = home.published("internal")
        if published.exists():
            connection.execute(f"attach '{published.resolve()}' as published (read_only)")
        for schema, relation in relations(spark):
            theirs = spark.table(f"{schema}.{relation}")
            columns = ", ".join(f'"{name}"' for name in theirs.columns if len(builds) == 1 or name != NUMBER)
            if (schema, relation) != TRENDS:
                # a table without cycles says the same in each build
                n_builds = len(builds) if "cycle" in theirs.columns else 1
                ours = " union all ".join(f"from build_{number}.{schema}.{relation}" for number in range(n_builds))
            elif published.exists():
                named = ", ".join(f"'{cycle}'" for cycle in builds)
                ours = f"from published.{schema}.{relation} where cycle in ({named}) and previous_cycle in ({named})"
            else:
                continue
            connection.register("theirs", theirs.toArrow())
            connection.execute(f"create or replace temp table ours as select {columns} from ({ours})")
            wrong = differing(connection, "ours", f"(select {columns} from theirs)")
            n_tables, n_rows = n_tables + 1, n_rows + connection.table("ours").shape[0]
            n_differing += wrong
            if wrong:
                print(f"{schema}.{relation}: {wrong:,} rows differ", file=sys.stderr)
    print(f"Compared with DuckDB: {n_rows:,} rows of {n_tables} tables, {n_differing:,} differ")
    return 1 if n_differing else 0


def relations(spark: SparkSession) -> list[tuple[str, str]]:
    """The tables and views that dbt made, as schema and name."""
    schemas = {row[0] for row in spark.sql("show schemas").collect()} - NOT_MADE
    found = {(schema, row[1]) for schema in schemas for row in spark.sql(f"show tables in {schema}").collect()}
    return sorted(found - NOT_COMPARED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
