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
from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

TRENDS = ("aggregate", "kpi_trends")
"""The mart that looks at several cycles, which DuckDB builds where they are joined for a publication."""
NUMBER = "group_number"
"""By which groups are joined: it has a meaning among the cycles of one build alone."""


def main(cycles: list[str]) -> int:
    """Build and compare; returns the exit code: 0 all rows are the same, 1 some differ, 2 they can't be compared."""
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
    """Compare every relation that DuckDB has built with Spark's, and say what differs; returns the exit code."""
    files = {f"build_{number}": path for number, path in enumerate(builds.values())}
    if (published := home.published("internal")).exists():
        files["published"] = published
    n_rows = n_differing = 0
    with attached(None, None, **files) as connection:
        found = relations(connection, "build_0") | ({TRENDS} if "published" in files else set())
        for schema, relation in sorted(found):
            theirs = spark.table(f"{schema}.{relation}")
            columns = f"* exclude ({NUMBER})" if len(builds) > 1 and NUMBER in theirs.columns else "*"
            if (schema, relation) == TRENDS:
                named = ", ".join(f"'{cycle}'" for cycle in builds)
                ours = f"from published.{schema}.{relation} where cycle in ({named}) and previous_cycle in ({named})"
            else:
                # a table without cycles says the same in each build
                n_builds = len(builds) if "cycle" in theirs.columns else 1
                ours = " union all ".join(f"from build_{number}.{schema}.{relation}" for number in range(n_builds))
            connection.register("theirs", theirs.toArrow())
            try:
                connection.execute(f"create or replace temp table ours as select {columns} from ({ours})")
                wrong = differing(connection, "ours", f"(select {columns} from theirs)")
            except (ValueError, duckdb.Error) as error:
                print(f"{schema}.{relation} can't be compared: {error}", file=sys.stderr)
                print("Where an earlier version built it, pmm refresh builds it anew", file=sys.stderr)
                return 2
            n_rows, n_differing = n_rows + connection.table("ours").shape[0], n_differing + wrong
            if wrong:
                print(f"{schema}.{relation}: {wrong:,} rows differ", file=sys.stderr)
    print(f"Compared with DuckDB: {n_rows:,} rows of {len(found)} tables, {n_differing:,} differ")
    return 1 if n_differing else 0


def relations(connection: duckdb.DuckDBPyConnection, database: str) -> set[tuple[str, str]]:
    """The tables and views that dbt made in a build file, as schema and name."""
    names = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = $database and schema_name != 'raw' "
        "union all select schema_name, view_name from duckdb_views() where database_name = $database and not internal",
        {"database": database},
    ).fetchall()
    return set(names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
