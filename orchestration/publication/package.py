"""An audience's marts as Parquet and CSV, with a Frictionless data package that says what they are.

Any engine, spreadsheet or catalogue reads them: https://specs.frictionlessdata.io/data-package/.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.publication.assemble import mart_columns, quoted
from orchestration.publication.terms import read_terms

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from orchestration.disclosure.audiences import Audience
    from orchestration.home import Home

FIELD_TYPES = {
    "VARCHAR": "string",
    "BIGINT": "integer",
    "INTEGER": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "VARCHAR[]": "array",
}
FORMULA = r"^[=+\-@\t\r]"
"""Text that a spreadsheet would take for a formula begins so; a mark before it keeps it text (OWASP, CSV injection)."""


def write_package(database: Path, folder: Path, audience: Audience, home: Home) -> None:
    """Write the package of one audience.

    parquet/<schema>.<table>/<cycle>.parquet, csv/<schema>.<table>.csv, datapackage.json

    Args:
        database: the audience's file.
        folder: to write; it must not be there yet.
        audience: whose package it is.
        home: whose terms of use hold.
    """
    terms = read_terms(home.terms)
    resources = []
    with duckdb.connect(str(database), read_only=True) as connection:
        comments = {
            (schema, table, column): comment or ""
            for schema, table, column, comment in connection.execute(
                "select schema_name, table_name, column_name, comment from duckdb_columns()"
            ).fetchall()
        }
        tables = dict(connection.execute("select schema_name || '.' || table_name, comment from duckdb_tables()").fetchall())
        for (schema, table), columns in mart_columns(connection).items():
            fields = [_field(column, type_, comments[schema, table, column]) for column, type_ in columns]
            for path, cycle in _write_table(connection, schema, table, columns, folder):
                resources.append(
                    {
                        "name": f"{schema}.{table}{'' if cycle is None else f'.{cycle}'}.{path.suffix[1:]}".lower(),
                        "path": path.relative_to(folder).as_posix(),
                        "title": f"{schema}.{table}",
                        "description": tables.get(f"{schema}.{table}") or "",
                        "format": path.suffix[1:],
                        "mediatype": "text/csv" if path.suffix == ".csv" else "application/vnd.apache.parquet",
                        "encoding": "utf-8",
                        "bytes": path.stat().st_size,
                        "hash": f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}",
                        "schema": {"fields": fields, "missingValues": [""]},
                    }
                )
        cycles = _cycles(connection)
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
        "resources": resources,
    }
    (folder / "datapackage.json").write_text(json.dumps(package, indent=1, default=str) + "\n", encoding="utf-8")


def _write_table(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: list[tuple[str, str]], folder: Path
) -> Iterable[tuple[Path, str | None]]:
    full = f'"{schema}"."{table}"'
    for (cycle,) in connection.execute(f"select distinct cycle from {full} order by 1").fetchall():
        path = folder / "parquet" / f"{schema}.{table}" / f"{cycle}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        # the tables are stored in the order of their columns, and are read in it
        rows = f"from {full} where cycle = '{quoted(cycle)}'"
        connection.execute(f"copy ({rows}) to '{quoted(path)}' (format parquet, compression zstd)")
        yield path, cycle
    path = folder / "csv" / f"{schema}.{table}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = ", ".join(_csv_cell(name, type_) for name, type_ in columns)
    connection.execute(f"copy (select {cells} from {full}) to '{quoted(path)}' (format csv, header)")
    yield path, None


def _csv_cell(name: str, type_: str) -> str:
    if type_ == "VARCHAR":
        return f'if(regexp_matches("{name}", \'{FORMULA}\'), chr(39) || "{name}", "{name}") as "{name}"'
    return f'to_json("{name}")::varchar as "{name}"' if type_.endswith("[]") else f'"{name}"'


def _field(name: str, type_: str, description: str) -> dict[str, Any]:
    field = {"name": name, "type": FIELD_TYPES[type_], "description": description}
    if name.endswith("_rate"):
        field["unit"] = "fraction, 0 to 1"
    elif name in KPI_FIGURES:
        field["unit"] = "the KPI's own, in the column unit"
    return field


KPI_FIGURES = frozenset(
    {
        "value",
        "mean",
        "median",
        "q1",
        "q3",
        "stddev",
        "minimum",
        "maximum",
        "previous_mean",
        "change",
        "panel_mean",
        "previous_panel_mean",
        "panel_change",
    }
)
"""Columns in the KPI's unit (DESIGN.md section 5)."""


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
        cycle["policy"] = {name: value for of, name, value in policy if of == cycle["cycle"]}
    return found
