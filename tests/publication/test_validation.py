"""Files that read themselves: keys and words are declared in them, and a package is what its data package says."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import duckdb
import msgspec
import pandas as pd
import pytest
from frictionless import Package
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.cycles import CycleFile
from orchestration.inputs.framework.model import Direction, Disclosure, Formula, TextKind
from orchestration.inputs.home import Home
from orchestration.intake.model import STATUSES, State
from orchestration.publication import descriptor, package
from orchestration.publication.descriptor import PACKAGE
from orchestration.publication.validation import validate_package
from orchestration.statistics.correlation import PMethod
from orchestration.warehouse.marts import AS_IT_IS, Column, Mart, read_marts, references_of
from tests.lab import rows


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_file_says_what_its_keys_are_and_what_is_never_null(home: Home, audience: str) -> None:
    file = home.published(audience)
    declared = rows(
        file, "select schema_name || '.' || table_name, constraint_type, constraint_column_names from duckdb_constraints()"
    )
    keys = {table: tuple(columns) for table, kind, columns in declared if kind == "PRIMARY KEY"}
    there = {table for (table,) in rows(file, "select schema_name || '.' || table_name from duckdb_tables()")}
    marts = read_marts()
    assert keys == {name: mart.primary_key for name, mart in marts.items() if mart.primary_key and name in there}
    assert len(keys) > 20
    never_null = {(table, columns[0]) for table, kind, columns in declared if kind == "NOT NULL"}
    assert never_null >= {
        (name, column.name)
        for name, mart in marts.items()
        for column in mart.columns.values()
        if name in there
        and column.is_required
        and column.shown is not None
        and (audience == "internal" or column.shown in AS_IT_IS)
    }
    # and one that is null may be
    for table, column in never_null:
        assert rows(file, f'select count(*) from {table} where "{column}" is null') == [(0,)]


def test_words_are_those_of_the_code_that_writes_them() -> None:
    homes = {
        "status": STATUSES,
        "disclosure": get_args(Disclosure),
        "state": get_args(State),
        "formula": get_args(Formula),
        "direction": get_args(Direction),
        "kind": get_args(TextKind),
        "p_method": get_args(PMethod),
        "data_origin": get_args(CycleFile.model_fields["data_origin"].annotation),
    }
    seen = set()
    for mart in read_marts().values():
        for name in homes.keys() & mart.columns.keys():
            assert mart.columns[name].values == homes[name], (mart.full_name, name)
            seen.add(name)
    assert seen == set(homes)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_members_rank_and_percentile_are_among_the_values_that_the_file_shows(home: Home, audience: str) -> None:
    file = home.published(audience)
    with duckdb.connect(str(file), read_only=True) as connection:
        found = connection.sql("from member_results").df()
    assert len(found) > 100
    for _, of_kpi in found.groupby(["cycle", "kpi"]):
        values, direction = of_kpi["value"], of_kpi["direction"].iloc[0]
        assert set(of_kpi["n_ranked"]) == {len(values)}
        # scipy's mean of the shares below, and below or equal
        expected = stats.percentileofscore(values, values, kind="mean") / 100
        assert of_kpi["percentile"].to_numpy() == pytest.approx(expected)
        if direction == "none":
            assert of_kpi["rank"].isna().all()
        else:
            ranks = values.rank(method="min", ascending=direction == "lower")
            pd.testing.assert_series_equal(of_kpi["rank"], ranks, check_dtype=False, check_names=False)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_whole_package_is_valid_and_says_keys_references_words_and_units(home: Home, audience: str) -> None:
    folder, marts = home.warehouse / audience, read_marts()
    validated = validate_package(folder)
    described = json.loads((folder / PACKAGE).read_text(encoding="utf-8"))
    assert validated.problems == ()
    assert (validated.n_files, validated.n_cut) == (len(described["resources"]), 0)
    names = {resource["name"] for resource in described["resources"]}
    for resource in described["resources"]:
        if resource["path"].startswith("sdmx/"):
            continue
        mart, schema = marts[resource["title"]], resource["schema"]
        assert tuple(schema.get("primaryKey", ())) == mart.primary_key
        references = {one["reference"]["resource"]: tuple(one["fields"]) for one in schema.get("foreignKeys", ())}
        assert names >= set(references)
        assert sorted(references.values()) == sorted(one.columns for one in references_of(mart, marts))
        for field in schema["fields"]:
            column = mart.columns[field["name"]]
            assert tuple(field.get("constraints", {}).get("enum", ())) == column.values
            assert ("unit" in field) == (column.unit is not None)
    # Parquet and CSV hold the same rows
    with duckdb.connect() as connection:
        for resource in described["resources"]:
            if resource["format"] == "parquet":
                types = {f["name"]: f["type"] for f in resource["schema"]["fields"]}
                texts = folder / resource["path"].replace("parquet", "csv")
                listed = ", ".join(f'"{name}"' if type_ != "array" else f'to_json("{name}")' for name, type_ in types.items())
                n_rows, n_texts = (
                    connection.execute(f"select count(*) from '{path}'").fetchall()[0][0]
                    for path in (folder / resource["path"], texts)
                )
                read = connection.sql(f"select {listed} from '{folder / resource['path']}'").fetchall()
                # null and an empty text are the same in CSV
                expected = [["" if cell is None else str(cell).lower() for cell in row] for row in read]
                with texts.open(encoding="utf-8", newline="") as file:
                    _, *written = csv.reader(file)
                cells = [[cell.removeprefix("'").lower() for cell in row] for row in written]
                is_number = [type_ == "number" for type_ in types.values()]
                for row, other in zip(cells, expected, strict=True):
                    for cell, value, number in zip(row, other, is_number, strict=True):
                        # DuckDB writes no zeros at the end of a moment
                        assert cell == value or value.rstrip("0") == cell or (number and float(cell) == float(value))
                assert n_rows == n_texts


def _cell(path: str, column: str, value: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        with (folder / path).open(encoding="utf-8", newline="") as file:
            table = list(csv.DictReader(file))
        table[1][column] = value
        with (folder / path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(table[0]))
            writer.writeheader()
            writer.writerows(table)

    return spoil


def _twice(folder: Path) -> None:
    path = folder / "csv/kpi.kpi_performance/one.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[1]]), encoding="utf-8")


def _turned(folder: Path) -> None:
    path = folder / "parquet/reference.kpis/one.parquet"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(bytes(content))


def _gone(folder: Path) -> None:
    (folder / "csv/reference.policy/one.csv").unlink()


def _cut_short(folder: Path) -> None:
    (folder / PACKAGE).write_text("{", encoding="utf-8")


SPOILT: dict[str, tuple[Callable[[Path], None], str]] = {
    "a word that is none": (_cell("csv/kpi.kpi_performance/one.csv", "performance", "splendid"), "splendid"),
    "a KPI that nobody knows": (_cell("csv/kpi.kpi_performance/one.csv", "kpi", "K99"), "K99"),
    "text in place of a number": (_cell("csv/aggregate.kpi_by_group/one.csv", "mean", "much"), "much"),
    "nothing where something must be": (_cell("csv/reference.members/one.csv", "member_name", ""), "member_name"),
    "a row twice": (_twice, "primary"),
    "a bit of Parquet": (_turned, "hash"),
    "a file that is gone": (_gone, "reference.policy/one.csv"),
    "no data package": (_cut_short, PACKAGE),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_package_that_is_not_what_it_says_is_not_valid(home: Home, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "package"
    shutil.copytree(home.warehouse / "wco", folder, ignore=shutil.ignore_patterns("report"))
    spoil, word = SPOILT[what]
    spoil(folder)
    problems = validate_package(folder).problems
    assert any(word in problem for problem in problems), problems
    # what the package before it has too was looked at then
    last = home.warehouse / "wco"
    if what != "no data package":
        assert validate_package(folder, last).n_files == 0


@given(
    st.lists(
        st.text(st.sampled_from("ab;|,\t \n\r'\"=+-@#\\\u00e9\u2028"), min_size=1, max_size=12)
        | st.text(min_size=1, max_size=12),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_a_text_is_its_csv_is_valid_and_read_as_it_is(texts: list[str]) -> None:
    """Names of groups and Members are theirs; a reader that guesses where cells end takes some of them for several."""
    texts = [text for text in texts if "\x00" not in text and text.encode("utf-8", "ignore").decode() == text] or ["a"]
    columns = [
        Column("cycle", "varchar", "Cycle", is_required=True),
        Column("number", "integer", "Number", is_required=True),
        Column("text", "varchar", "Text", is_required=True),
    ]
    mart = Mart("main", "t", "A table", {column.name: column for column in columns}, ("cycle", "number"))
    with TemporaryDirectory() as name, duckdb.connect() as connection:
        folder = Path(name)
        connection.execute("create table t (cycle varchar not null, number integer not null, text varchar not null)")
        connection.executemany("insert into t values ('c', ?, ?)", [[n, text] for n, text in enumerate(texts)])
        package._write_rows(connection, mart, columns, "c", folder / "c.csv", "csv")
        resource = package._resource(folder, Path("c.csv"), "t.c.csv", package.FORMATS["csv"], "t", "A table")
        resource.schema = msgspec.Raw(msgspec.json.encode(package._schema(connection, mart, columns)))
        descriptor.write(folder, {"name": "p"}, [resource])
        assert validate_package(folder).problems == ()
        described: Any = Package.from_descriptor((folder / PACKAGE).as_posix())
        read = described.resources[0].read_rows()
        shown = [re.sub(package.FORMULA, r"'\g<0>", text) for text in texts]
        assert [row["text"] for row in read] == shown
