"""SDMX, read back by two libraries: the BIS's pysdmx, which knows the standard's XML schemas, and sdmx1."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import sdmx
from pysdmx.io import get_datasets, read_sdmx
from pysdmx.model import Role, Schema

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.home import Home
from orchestration.publication.sdmx import TIME, flow_of, is_statistical
from orchestration.warehouse.marts import read_marts
from tests.lab import rows


@pytest.mark.parametrize("audience", AUDIENCES)
def test_each_file_is_read_with_its_structure_and_has_the_tables_rows(home: Home, audience: str) -> None:
    folder, file, marts = home.warehouse / audience / "sdmx", home.published(audience), read_marts()
    there = {table for (table,) in rows(file, "select schema_name || '.' || table_name from duckdb_tables()")}
    expected = {name for name, mart in marts.items() if name in there and is_statistical(mart)}
    assert {path.name for path in folder.iterdir()} == {*expected, "structure.xml"}
    for name in expected:
        mart, keys = marts[name], [key.upper() for key in marts[name].primary_key]
        for path in sorted((folder / name).iterdir()):
            (dataset,) = get_datasets(path, folder / "structure.xml")
            schema = dataset.structure
            assert isinstance(schema, Schema)
            assert schema.id == flow_of(mart)
            assert [one.id for one in schema.components.dimensions] == [*keys, TIME]
            assert schema.components.measures
            frame = dataset.data
            cycle = path.stem
            assert rows(file, f"select count(*) from {name} where cycle = ?", cycle) == [(len(frame),)]
            year = rows(file, "select reporting_year from reference.cycles where cycle = ?", cycle)[0][0]
            assert set(frame[TIME].astype(str)) == {str(year)}
            for component in schema.components:
                column = component.id.lower()
                if component.role is Role.MEASURE and column in mart.columns and mart.columns[column].type == "double":
                    own = {
                        key: value
                        for *key_parts, value in rows(
                            file, f'select {", ".join(mart.primary_key)}, "{column}" from {name} where cycle = ?', cycle
                        )
                        if (key := tuple(map(str, key_parts))) and value is not None
                    }
                    read = {
                        tuple(map(str, key_parts)): float(value)
                        for *key_parts, value in frame[[*keys, component.id]].itertuples(index=False)
                        if pd.notna(value) and value != ""
                    }
                    assert read == own
                codes = component.enumeration
                if codes is not None:
                    said = {value for value in frame[component.id].astype(str) if value}
                    assert said <= {code.id for code in codes}, (name, component.id)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_structure_is_valid_and_another_library_reads_it(home: Home, audience: str) -> None:
    path = home.warehouse / audience / "sdmx" / "structure.xml"
    message = read_sdmx(path, validate=True)  # by the XML schemas of SDMX-ML 3.0
    flows = {flow.id for flow in message.get_dataflows()}
    other: Any = sdmx.read_sdmx(path)
    assert set(other.dataflow) == flows == set(other.structure)
    names = {code: str(item.name) for code, item in other.codelist["CL_KPI"].items.items()}
    kpis = dict(rows(home.published(audience), "select kpi, kpi_name from reference.kpis where cycle = 'two'"))
    assert set(names) == set(kpis)
    assert all(names[code] in (kpis[code], f"en: {kpis[code]}") for code in kpis)
    for structure in other.structure.values():
        assert structure.dimensions.components[-1].id == TIME


def test_columns_of_one_name_have_one_list_of_words() -> None:
    words: dict[str, set[tuple[str, ...]]] = {}
    for mart in read_marts().values():
        for column in mart.columns.values():
            words.setdefault(column.name, set()).add(column.values)
    assert {name: found for name, found in words.items() if len(found) > 1} == {}


def test_a_year_that_changes_is_written_into_files_whose_rows_are_as_they_were(home: Home, tmp_path: Path) -> None:
    from orchestration.publication import kept
    from orchestration.publication.unchanged import intact, unchanged

    last = kept.current(home)
    assert last is not None
    (tmp_path / "copy").mkdir()
    new = kept.Publication("x", tmp_path / "copy")
    for name in ("record.json", "public.duckdb"):
        (new.folder / name).write_bytes((last.folder / name).read_bytes())
    with duckdb.connect(str(new.file("public"))) as connection:
        connection.execute("update reference.cycles set reporting_year = 2030 where cycle = 'two'")
    public = AUDIENCES["public"]
    earlier = unchanged(last, new, public, read_marts(), intact(last, new.record.made_with, public))
    path = Path("sdmx/aggregate.kpi_by_group/two.csv")
    assert earlier.take(["aggregate.kpi_by_group", "reference.cycles"], "two", path, tmp_path / "two.csv") is None
    assert earlier.take(["aggregate.kpi_by_group"], "two", path, tmp_path / "two.csv") is not None
    with (tmp_path / "two.csv").open(encoding="utf-8", newline="") as file:
        assert {row[TIME] for row in csv.DictReader(file)} == {"2024"}
