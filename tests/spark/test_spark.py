"""The models on Spark, beside DuckDB. The engine itself is tried where its environment is there: `make spark` makes it."""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.inputs.home import CODE, DBT_PROJECT
from orchestration.sample import read_targets, write_sample
from orchestration.spark.compare import TOLERANCE, differing
from orchestration.spark.marts import CORRELATION_COLUMNS
from orchestration.statistics.correlation import correlation_table
from tests.lab import build, new_home, publish, two_cycles_of_three

PYTHON = CODE / ".venv-spark" / "bin" / "python"
OF_DUCKDB_ALONE = (
    r"//|\blist\(|\bunnest\(|\bstring_agg\(|::varchar|\[\]|\bgroup by all\b|\bqualify\b|\bquantile_cont\(|\bprintf\(|\"column\""
)

Table = Sequence[tuple[str | None, float | None, Sequence[float] | None]]
figures = st.floats(-1e6, 1e6, width=32)
rows = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.none() | figures, st.lists(figures, max_size=3)), max_size=8)


def compared(one: Table, other: Table) -> int:
    with duckdb.connect() as connection:
        for name, table in (("one", one), ("other", other)):
            connection.execute(f"create table {name} (word varchar, figure double, figures double[])")
            if table:
                connection.executemany(f"insert into {name} values (?, ?, ?)", table)
        return differing(connection, "one", "other")


@given(rows, st.integers())
def test_rows_are_the_same_in_any_order_and_whatever_their_last_digits(table: Table, seed: int) -> None:
    more, less = 1 + TOLERANCE / 10, 1 - TOLERANCE / 10
    near = [
        (word, None if figure is None else figure * more, [x * less for x in several or ()]) for word, figure, several in table
    ]
    random.Random(seed).shuffle(near)
    assert compared(table, near) == 0


@pytest.mark.parametrize(
    ("other", "n"),
    [
        pytest.param([("a", 1.0, [1.0]), ("b", None, [])], 0, id="the same"),
        pytest.param([("a", 1.0, [1.0])], 1, id="a row is missing"),
        pytest.param([("a", 1.0, [1.0]), ("b", None, []), ("b", None, [])], 1, id="a row is there twice"),
        pytest.param([("a", 1.0 + 1e-8, [1.0]), ("b", None, [])], 2, id="a figure is another"),
        pytest.param([("a", None, [1.0]), ("b", None, [])], 2, id="a figure is missing"),
        pytest.param([("a", 1.0, [1.0]), ("b", 0.0, [])], 2, id="a figure is there that was not"),
        pytest.param([("a", 1.0, [1.1]), ("b", None, [])], 2, id="a figure of a list is another"),
        pytest.param([("a", 1.0, [1.0, 1.0]), ("b", None, [])], 2, id="a list is longer"),
        pytest.param([("a", 1.0, None), ("b", None, [])], 2, id="a list is missing"),
        pytest.param([("c", 1.0, [1.0]), ("b", None, [])], 2, id="a word is another"),
    ],
)
def test_what_differs_is_counted_on_both_sides(other: Table, n: int) -> None:
    assert compared([("a", 1.0, [1.0]), ("b", None, [])], other) == n


def test_tables_of_other_columns_are_not_compared() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table one (a int); create table other (b int)")
        with pytest.raises(ValueError, match="one has the columns a; other has b"):
            differing(connection, "one", "other")


def test_what_only_one_engine_understands_stands_in_macros_of_both() -> None:
    of_duckdb, of_spark = (
        set(re.findall(rf"macro {engine}__(\w+)", (DBT_PROJECT / "macros" / name).read_text()))
        for engine, name in (("duckdb", "engines.sql"), ("spark", "spark.sql"))
    )
    assert of_duckdb == of_spark
    for path in [*DBT_PROJECT.glob("models/**/*.sql"), DBT_PROJECT / "macros" / "statistics.sql"]:
        for line in path.read_text().splitlines():
            assert not re.search(OF_DUCKDB_ALONE, re.sub(r"--.*|\{\{.*?\}\}|\{#.*", "", line)), f"{path.name}: {line}"


def test_spark_is_told_the_columns_that_correlations_have() -> None:
    empty = pd.DataFrame(columns=["cycle", "instrument", "kpi", "measure", "direction", "scores", "oriented_values", "alpha"])
    assert [column.split()[0] for column in CORRELATION_COLUMNS.split(", ")] == list(correlation_table(empty).columns)


@pytest.mark.skipif(
    not PYTHON.exists() and os.environ.get("PMM_TEST_SPARK") != "required", reason="no environment with Spark: make spark"
)
def test_every_row_is_the_same_on_spark(tmp_path: Path, warm_dbt: None) -> None:  # noqa: ARG001
    home = new_home(tmp_path / "home")
    two_cycles_of_three(home)
    for cycle in ("one", "two"):
        build(home, cycle)
        publish(home, cycle)
    write_sample(home, read_targets(home, "sample-2022"))
    build(home, "sample-2022")
    command, environment = [str(PYTHON), "-m", "orchestration.spark"], os.environ | {"PMM_HOME": str(home.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Built on Spark \(Sail\) in \d+ s: one, sample-2022, two\n", done.stdout)
    assert re.search(r"Compared with DuckDB: [89]\d,\d{3} rows of 75 tables, 0 differ\n", done.stdout)

    # a figure that is another on DuckDB is found, and a column that only one of them has
    file = home.builds / "one" / "pmm.duckdb"
    for changed, code, said in (
        ("update aggregate.kpi_by_group set mean = mean + 1e-6 where grouping = 'global' and kpi = 'BERTH'", 1, "2 rows differ"),
        ("alter table aggregate.kpi_by_group add column mode double", 2, "can't be compared: ours has the columns .*, mode; "),
    ):
        with duckdb.connect(str(file)) as connection:
            connection.execute(changed)
        done = subprocess.run([*command, "one"], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code
        assert re.match(f"aggregate.kpi_by_group:? {said}", done.stderr), done.stderr
    done = subprocess.run([*command, "three"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "Not built yet: three. Do so first: pmm refresh --all\n")
