"""An audience's marts as Parquet, CSV and SDMX-CSV, a file a cycle, with a Frictionless data package that says what they are.

Any engine, spreadsheet or catalogue reads them: https://specs.frictionlessdata.io/data-package/.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import msgspec

from orchestration.inputs.terms import read_terms
from orchestration.publication import descriptor, sdmx
from orchestration.publication.descriptor import Resource
from orchestration.publication.join import columns_of
from orchestration.publication.unchanged import hash_of, unchanged
from orchestration.warehouse.held import connected
from orchestration.warehouse.marts import references_of
from orchestration.warehouse.sql import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from orchestration.disclosure.audiences import Audience
    from orchestration.inputs.home import Home
    from orchestration.publication.kept import Publication
    from orchestration.warehouse.marts import Column, Mart, Marts, Reference

FIELD_TYPES = {
    "varchar": "string",
    "bigint": "integer",
    "integer": "integer",
    "double": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
    "varchar[]": "array",
}
"""Types of a data package's fields, by the types that the marts declare."""


DIALECT = {
    "delimiter": ",",
    "quoteChar": '"',
    "doubleQuote": True,
    "skipInitialSpace": False,
    "lineTerminator": "\n",
    "header": True,
}
"""How DuckDB writes CSV; who is not told guesses from the first lines, and what stands in a cell may mislead."""


class Format(NamedTuple):
    """What a file of rows is.

    Attributes:
        media_type: as IANA or its own standard registers it.
        suffix: of the file's name.
        is_table: whether the specification of data packages has tables like it, which are of text.
    """

    media_type: str
    suffix: str
    is_table: bool = False

    @property
    def kind(self) -> dict[str, Any]:
        """What a data package calls such a file."""
        if self.is_table:
            return {"profile": "tabular-data-resource", "type": "table", "dialect": DIALECT}
        return {"profile": "data-resource", "type": "file"}


FORMATS = {
    "parquet": Format("application/vnd.apache.parquet", "parquet"),
    "csv": Format("text/csv", "csv", is_table=True),
    "sdmx": Format(sdmx.MEDIA_TYPE, "csv"),
}
"""The formats of the files, by the folder that they are in."""
FORMULA = r"^[=+\-@\t\r]"
"""Text that a spreadsheet would take for a formula begins so; a mark before it keeps it text (OWASP, CSV injection)."""


def write_package(
    new: Publication, last: Publication | None, audience: Audience, home: Home, marts: Marts, files: Collection[str]
) -> None:
    """Write the package of one audience.

    parquet/<schema>.<table>/<cycle>.parquet, csv/<schema>.<table>/<cycle>.csv, sdmx/<schema>.<table>/<cycle>.csv,
    sdmx/structure.xml, datapackage.json

    Args:
        new: the publication, with the audience's file in it.
        last: the one before it, whose files are taken where their rows are the same; None for the first.
        audience: whose package it is.
        home: whose terms of use hold.
        marts: what the tables and their columns are.
        files: those that can be taken of the package of the one before: `unchanged.intact`.
    """
    terms, folder = read_terms(home.terms), new.package(audience.name)
    earlier = unchanged(last, new, audience, marts, files)
    listed: list[Resource] = []
    with connected(new.file(audience.name), read_only=True) as connection:
        there = {table: [marts[table].columns[name] for name in names] for table, names in columns_of(connection).items()}
        cycles_of = {
            table: [
                cycle
                for (cycle,) in connection.execute(f"select distinct cycle from {marts[table].quoted} order by 1").fetchall()
            ]
            for table in there
        }
        for mart in (mart for mart in marts.values() if mart.full_name in there):
            columns = there[mart.full_name]
            schema, references = _schema(connection, mart, columns), references_of(mart, marts)
            for name, format_ in FORMATS.items():
                if name != "sdmx" or sdmx.is_statistical(mart):
                    (folder / name / mart.full_name).mkdir(parents=True)
                    for cycle in cycles_of[mart.full_name]:
                        path = Path(name, mart.full_name, f"{cycle}.{format_.suffix}")
                        sources = [mart.full_name, *(sdmx.ALSO if name == "sdmx" else ())]
                        resource = earlier.take(sources, cycle, path, folder / path)
                        if resource is None:
                            _write_rows(connection, mart, columns, cycle, folder / path, name)
                            named = _name(mart.full_name, cycle, name)
                            resource = _resource(folder, path, named, format_, mart.full_name, mart.description)
                        if name != "sdmx":
                            keys = _foreign_keys(references, cycle, name, cycles_of)
                            resource.schema = msgspec.Raw(msgspec.json.encode(schema | keys))
                        listed.append(resource)
        cycles = _cycles(connection)
        if any(sdmx.is_statistical(marts[table]) for table in there):
            path, made_at = Path("sdmx", sdmx.STRUCTURE), max(cycle["refreshed_at"] for cycle in cycles)
            sdmx.write_structure(connection, there, marts, folder / path, made_at)
            earlier.share(path, folder / path)
            structure = Format(sdmx.STRUCTURE_MEDIA_TYPE, "xml")
            described = "What is in the files of sdmx/: structures, concepts, code lists"
            listed.append(_resource(folder, path, "sdmx.structure", structure, sdmx.STRUCTURE, described))
    synthetic = any(cycle["data_origin"] == "synthetic" for cycle in cycles)
    package = {
        "profile": "data-package",
        "name": f"pmm-{audience.name}",
        "title": f"{terms.title}: {audience.name}",
        "description": f"For {audience.description}."
        + (" Cycles with data_origin synthetic hold invented Members and invented figures." if synthetic else ""),
        "licenses": [terms.licence.model_dump(exclude_none=True)],
        "sources": [{"title": title} for title in sorted({str(cycle["framework_source"]) for cycle in cycles})],
        "cycles": cycles,
    }
    descriptor.write(folder, package, listed)


def _resource(folder: Path, path: Path, name: str, format_: Format, title: str, description: str) -> Resource:
    """What a data package says of a file."""
    file = folder / path
    return Resource(
        name,
        **format_.kind,
        path=path.as_posix(),
        title=title,
        description=description,
        format=format_.suffix,
        mediatype=format_.media_type,
        encoding="utf-8",
        bytes=file.stat().st_size,
        hash=hash_of(file),
    )


def _schema(connection: duckdb.DuckDBPyConnection, mart: Mart, columns: list[Column]) -> dict[str, Any]:
    """What a data package says of a table's columns."""
    required = _required(connection, mart)
    fields = [_field(column, is_required=column.name in required) for column in columns]
    is_keyed = mart.primary_key and required.issuperset(mart.primary_key)
    return {"fields": fields, "missingValues": [""]} | ({"primaryKey": list(mart.primary_key)} if is_keyed else {})


def _foreign_keys(
    references: list[Reference], cycle: str, format_: str, cycles_of: Mapping[str, list[str]]
) -> dict[str, list[dict[str, Any]]]:
    """To which files of the package a table's keys refer; nothing where there are none."""
    keys = [
        {"fields": list(one.columns), "reference": {"resource": _name(one.table, cycle, format_), "fields": list(one.columns)}}
        for one in references
        if cycle in cycles_of.get(one.table, ())
    ]
    return {"foreignKeys": keys} if keys else {}


def _name(table: str, cycle: str, format_: str) -> str:
    """The name of a file in the package."""
    return f"{table}.{cycle}.{format_}".lower()


def _required(connection: duckdb.DuckDBPyConnection, mart: Mart) -> set[str]:
    """Columns that are never null, nor empty, which is the same in CSV."""
    names = connection.execute(
        "select column_name from duckdb_columns() where database_name = current_database() "
        "and schema_name = ? and table_name = ? and not is_nullable",
        [mart.schema, mart.name],
    ).fetchall()
    texts = [name for (name,) in names if FIELD_TYPES[mart.columns[name].type] == "string"]
    listed = ", ".join(f"coalesce(bool_or(\"{name}\" = ''), false)" for name in texts)
    are_empty = connection.execute(f"select {listed} from {mart.quoted}").fetchall()[0] if texts else ()
    empty = {name for name, is_empty in zip(texts, are_empty, strict=True) if is_empty}
    return {name for (name,) in names} - empty


def _write_rows(
    connection: duckdb.DuckDBPyConnection, mart: Mart, columns: list[Column], cycle: str, path: Path, format_: str
) -> None:
    """Write a cycle's rows of a table; they are stored in the order of their columns, and are read in it."""
    where = f"where cycle = {literal(cycle)}"
    if format_ == "parquet":
        connection.execute(f"copy (from {mart.quoted} {where}) to {literal(path)} (format parquet, compression zstd)")
        return
    cells = {column.name: _csv_cell(column) for column in columns}
    if format_ == "sdmx":
        rows = f"{sdmx.rows_of(mart, columns, cells)} {where}"
    else:
        listed = ", ".join(f'{cell} as "{name}"' for name, cell in cells.items())
        rows = f"select {listed} from {mart.quoted} {where}"
    connection.execute(f"copy ({rows}) to {literal(path)} (format csv, header)")


def _csv_cell(column: Column) -> str:
    """A column's cells as text that no spreadsheet takes for a formula."""
    name = column.name
    if FIELD_TYPES[column.type] == "string":
        return f'if(regexp_matches("{name}", \'{FORMULA}\'), chr(39) || "{name}", "{name}")'
    return f'to_json("{name}")::varchar' if FIELD_TYPES[column.type] == "array" else f'"{name}"'


UNITS = {"fraction": "fraction, 0 to 1", "kpi": "the KPI's own, in the column unit"}


def _field(column: Column, *, is_required: bool) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": FIELD_TYPES[column.type], "description": column.description}
    constraints = ({"required": True} if is_required else {}) | ({"enum": list(column.values)} if column.values else {})
    if constraints:
        field["constraints"] = constraints
    if column.unit is not None:
        field["unit"] = UNITS[column.unit]
    return field


def _cycles(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Each cycle with its framework, identity and policy."""
    relation = connection.execute(
        "select cycles.cycle, cycles.framework, cycles.framework_name, cycles.framework_source, cycles.reporting_year, "
        "cycles.data_origin, publication.refreshed_at, publication.code_version, publication.framework_sha256, "
        "publication.cycle_sha256, publication.submissions_sha256 "
        "from reference.cycles as cycles inner join reference.publication as publication using (cycle) order by cycle"
    )
    names = [column[0] for column in relation.description]
    found = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
    policy = connection.execute("select cycle, policy, value from reference.policy order by all").fetchall()
    for cycle in found:
        cycle["policy"] = {name: value for policy_cycle, name, value in policy if policy_cycle == cycle["cycle"]}
    return found
