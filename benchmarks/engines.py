"""Statistics of ten million answers: the warehouse's own SQL on DuckDB and Spark, against pandas and Polars, results compared.

`make benchmark` runs it, in an environment of its own that has Polars; Spark has another. Each engine reads the same Parquet
files, in a process of its own, and gives mean, standard deviation, skewness, quartiles, least, greatest and number of values
of every KPI in every group.

cycle    one cycle to which 200,000 have sent 51 KPIs
cycles   3,000 cycles of 66 Members
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd

from tests.statistics_models import MODELS, build_statistics, use_schema

if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY = "1600MB"
"""What DuckDB may use before it writes to disk; the process is to stay within 2 GiB."""
N_KPIS = 51
GROUPINGS = {"wco_region": 6, "income_group": 4, "geography": 3, "administration_type": 5}
KEYS = ["cycle", "kpi", "grouping", "group_name"]
FIGURES = ["n_reported", "mean", "stddev", "skewness", "q1", "median", "q3", "minimum", "maximum"]


class Shape(NamedTuple):
    """How many answers there are, and of whom."""

    n_cycles: int
    n_members: int


SHAPES = {"cycle": Shape(1, 200_000), "cycles": Shape(3_000, 66)}


def make(folder: Path, shape: Shape) -> None:
    """Write `members.parquet` (cycle, member, a column a grouping) and `answers.parquet` (cycle, member, kpi, status, value)."""
    rng = np.random.default_rng(20_260)
    n = shape.n_cycles * shape.n_members
    cycles = np.repeat([f"cycle-{number:04}" for number in range(shape.n_cycles)], shape.n_members)
    members = pd.DataFrame({"cycle": cycles, "member": np.tile([f"M{i:06}" for i in range(shape.n_members)], shape.n_cycles)})
    for name, n_groups in GROUPINGS.items():
        members[name] = rng.choice([f"{name} {i}" for i in range(n_groups)], n)
    members.to_parquet(folder / "members.parquet", index=False)
    parts = []
    for number in range(N_KPIS):
        # percentages, durations and changes, as the framework's KPIs are
        values = (rng.beta(5, 2, n) * 100, rng.lognormal(3, 1, n), rng.normal(2, 10, n))[number % 3]
        is_reported = rng.random(n) < 0.98
        parts.append(
            members[["cycle", "member"]].assign(
                kpi=f"K{number + 1:02}",
                status=np.where(is_reported, "reported", "not_available"),
                value=np.where(is_reported, np.round(values, 4), np.nan),
            )
        )
    pd.concat(parts).to_parquet(folder / "answers.parquet", index=False, row_group_size=122_880)


def by_duckdb(folder: Path, models: Path, threads: int) -> pd.DataFrame:
    """The statistics by the warehouse's models, as dbt compiled them, each a table as a build has it."""
    columns = ", ".join(GROUPINGS)
    limits: dict[str, Any] = {"threads": threads, "memory_limit": MEMORY, "temp_directory": str(folder / "spill")}
    with duckdb.connect(config=limits) as connection:
        use_schema(connection)
        connection.execute(
            f"""
            create view int_sufficient_member_kpis as
                select * replace (if(isnan(value), null, value) as value) from '{folder}/answers.parquet';
            create table int_member_groups as
                select cycle, member, grouping, group_name,
                    dense_rank() over (order by cycle, grouping, group_name)::integer as group_number
                from (
                    select cycle, member, 'global' as grouping, 'All Members' as group_name from '{folder}/members.parquet'
                    union all
                    (unpivot (from '{folder}/members.parquet') on {columns} into name grouping value group_name)
                );
            create table int_kpi_groups as
                select groups.*, kpis.kpi, 'unit' as unit
                from (select distinct cycle, grouping, group_name, group_number from int_member_groups) as groups
                cross join (select distinct kpi from int_sufficient_member_kpis) as kpis
            """
        )
        build_statistics(connection, models)
        found: pd.DataFrame = connection.sql(f"select {', '.join([*KEYS, *FIGURES])} from int_kpi_statistics").df()
        return found


def by_pandas(folder: Path, models: Path, threads: int) -> pd.DataFrame:  # noqa: ARG001
    """The same by pandas, which has one thread."""
    members, answers = (pd.read_parquet(folder / f"{name}.parquet") for name in ("members", "answers"))
    answers = answers.dropna(subset="value").merge(members.astype(dict.fromkeys(GROUPINGS, "category")), on=["cycle", "member"])
    found = []
    for grouping in ("global", *GROUPINGS):
        keys = ["cycle", "kpi", *([] if grouping == "global" else [grouping])]
        groups = answers.groupby(keys, observed=True)["value"]
        frame = pd.DataFrame({"n_reported": groups.count(), "mean": groups.mean(), "stddev": groups.std()})
        frame["minimum"], frame["maximum"] = groups.min(), groups.max()
        frame["skewness"] = groups.skew()
        for name, share in (("q1", 0.25), ("median", 0.5), ("q3", 0.75)):
            frame[name] = groups.quantile(share)
        frame = frame.reset_index()
        frame["group_name"] = "All Members" if grouping == "global" else frame[grouping].astype(str)
        found.append(frame.assign(grouping=grouping)[[*KEYS, *FIGURES]])
    return pd.concat(found)


def by_polars(folder: Path, models: Path, threads: int) -> pd.DataFrame:  # noqa: ARG001
    """The same by Polars; how many threads it has says its environment variable."""
    import polars as pl

    members = pl.scan_parquet(folder / "members.parquet")
    answers = pl.scan_parquet(folder / "answers.parquet").filter(pl.col("value").is_not_nan())
    joined = answers.join(members, on=["cycle", "member"])
    value = pl.col("value")
    figures = {
        "n_reported": pl.len(),
        "mean": value.mean(),
        "stddev": value.std(),
        "skewness": value.skew(bias=False),
        "q1": value.quantile(0.25, "linear"),
        "median": value.quantile(0.5, "linear"),
        "q3": value.quantile(0.75, "linear"),
        "minimum": value.min(),
        "maximum": value.max(),
    }
    found = []
    for grouping in ("global", *GROUPINGS):
        name = pl.lit("All Members") if grouping == "global" else pl.col(grouping)
        frame = joined.group_by(["cycle", "kpi", name.alias("group_name")]).agg(**figures)
        found.append(frame.with_columns(grouping=pl.lit(grouping)).select(*KEYS, *FIGURES))
    figures_of_all: pd.DataFrame = pl.concat(pl.collect_all(found)).to_pandas()
    return figures_of_all


def by_spark(folder: Path, models: Path, threads: int) -> pd.DataFrame:  # noqa: ARG001
    """The statistics by the warehouse's models, as dbt runs them on Sail, which has as many threads as there are processors."""
    from orchestration.spark.marts import run_dbt
    from orchestration.spark.session import spark_session

    groups = ", ".join(f"'{grouping}', {grouping}" for grouping in GROUPINGS)
    tables = {
        "int_sufficient_member_kpis": f"""
            select cycle, member, kpi, status, if(isnan(value), null, value) as value from parquet.`{folder}/answers.parquet`""",
        "int_member_groups": f"""
            select *, cast(dense_rank() over (order by cycle, grouping, group_name) as int) as group_number
            from (
                select cycle, member, 'global' as grouping, 'All Members' as group_name from parquet.`{folder}/members.parquet`
                union all
                select cycle, member, stack({len(GROUPINGS)}, {groups}) as (grouping, group_name)
                from parquet.`{folder}/members.parquet`
            )""",
        "int_kpi_groups": """
            select groups.*, kpis.kpi, 'unit' as unit
            from (select distinct cycle, grouping, group_name, group_number from intermediate.int_member_groups) as groups
            cross join (select distinct kpi from intermediate.int_sufficient_member_kpis) as kpis""",
    }
    with tempfile.TemporaryDirectory() as work, contextlib.chdir(work), spark_session() as spark:
        spark.sql("create schema intermediate")
        for name, query in tables.items():
            spark.sql(f"create table intermediate.{name} using parquet as {query}")
        run_dbt(Path(work), "--select", *MODELS)
        found: pd.DataFrame = spark.table("intermediate.int_kpi_statistics").select(*KEYS, *FIGURES).toPandas()
        return found


ENGINES: dict[str, Callable[[Path, Path, int], pd.DataFrame]] = {
    "DuckDB, the warehouse's SQL": by_duckdb,
    "pandas": by_pandas,
    "Polars": by_polars,
    "Spark (Sail), the warehouse's SQL": by_spark,
}


def differences(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """The largest difference of two engines' figures, relative to the values' size; groups must be the same."""
    both = one.merge(other, on=KEYS, how="outer", suffixes=("", "_other"), indicator=True)
    if not (both["_merge"] == "both").all():
        raise SystemExit("the engines have other groups")
    size = both[["maximum", "minimum"]].abs().max(axis=1).clip(lower=1.0)
    largest = 0.0
    for name in FIGURES:
        mine, theirs = both[name].astype(float), both[f"{name}_other"].astype(float)
        if not (mine.isna() == theirs.isna()).all():
            raise SystemExit(f"an engine has no {name} where another has one")
        largest = max(largest, float(((mine - theirs).abs() / size).max()))
    return largest


def measured(python: Path, folder: Path, models: Path, engine: str, threads: int) -> dict[str, Any]:
    """Seconds and megabytes of one engine in a process of its own, and where its figures are."""
    command = [str(python), "-m", "benchmarks.engines", "--folder", str(folder), "--models", str(models), "--engine", engine]
    done = subprocess.run(
        [*command, "--threads", str(threads), "--spark", str(python)],
        env=os.environ | {"POLARS_MAX_THREADS": str(threads)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{engine} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure all engines on both shapes; or, asked by itself, one of them once."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", type=Path, required=True, help="a folder with the compiled models")
    parser.add_argument("--spark", type=Path, required=True, help="the Python of an environment with Spark")
    parser.add_argument("--runs", type=int, default=3, help="runs of each engine; the median counts (default 3)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.engine:
        began = time.perf_counter()
        frame = ENGINES[given.engine](given.folder, given.models, given.threads)
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        target = given.folder / f"{list(ENGINES).index(given.engine)}.parquet"
        frame.to_parquet(target, index=False)
        print(json.dumps({"seconds": seconds, "megabytes": peak, "figures": str(target)}))
        return
    pythons = {engine: given.spark if run is by_spark else Path(sys.executable) for engine, run in ENGINES.items()}
    for name, shape in SHAPES.items():
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder), shape)
            runs = [
                {engine: measured(pythons[engine], Path(folder), given.models, engine, given.threads) for engine in ENGINES}
                for _ in range(given.runs)
            ]
            first = pd.read_parquet(runs[0][next(iter(ENGINES))]["figures"])
            of = f"{shape.n_cycles:,} x {shape.n_members:,} x {N_KPIS} answers"
            print(f"\n## Statistics of ten million answers: {name}\n")
            print(f"{of}, {len(first):,} groups, {given.threads} threads, {versions()}\n")
            print("| engine | seconds | megabytes | largest difference |\n|---|--:|--:|--:|")
            for engine in ENGINES:
                seconds = statistics.median(run[engine]["seconds"] for run in runs)
                megabytes = max(run[engine]["megabytes"] for run in runs)
                apart = differences(first, pd.read_parquet(runs[-1][engine]["figures"]))
                print(f"| {engine} | {seconds:.2f} | {megabytes:,.0f} | {apart:.0e} |", flush=True)


def versions() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("duckdb", "pandas", "polars"))


if __name__ == "__main__":
    main()
