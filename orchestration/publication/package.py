"""An audience's marts as Parquet and CSV, with a Frictionless data package that says what they are.

Any engine, spreadsheet or catalogue reads them: https://specs.frictionlessdata.io/data-package/.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.inputs.terms import read_terms
from orchestration.publication.join import columns_of
from orchestration.warehouse.held import connected
from orchestration.warehouse.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from orchestration.disclosure.audiences import Audience
    from orchestration.inputs.home import Home
    from orchestration.warehouse.marts import Column, Mart, Marts

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
FORMULA = r"^[=+\-@\t\r]"
"""Text that a spreadsheet would take for a formula begins so; a mark before it keeps it text (OWASP, CSV injection)."""


def write_package(database: Path, folder: Path, audience: Audience, home: Home, marts: Marts) -> None:
    """Write the package of one audience.

    parquet/<schema>.<table>/<cycle>.parquet, csv/<schema>.<table>.csv, datapackage.json

    Args:
        database: the audience's file.
        folder: to write; it must not be there yet.
        audience: whose package it is.
        home: whose terms of use hold.
        marts: what the tables and their columns are.
    """
    terms = read_terms(home.terms)
    resources = []
    with connected(database, read_only=True) as connection:
        there = columns_of(connection)
        for mart in marts.values():
            if mart.full_name not in there:
                continue
            columns = [mart.columns[name] for name in there[mart.full_name]]
            fields = [_field(column) for column in columns]
            for path, cycle in _write_table(connection, mart, columns, folder):
                resources.append(
                    {
                        "name": f"{mart.full_name}{'' if cycle is None else f'.{cycle}'}.{path.suffix[1:]}".lower(),
                        "path": path.relative_to(folder).as_posix(),
                        "title": mart.full_name,
                        "description": mart.description,
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
    connection: duckdb.DuckDBPyConnection, mart: Mart, columns: list[Column], folder: Path
) -> Iterable[tuple[Path, str | None]]:
    for (cycle,) in connection.execute(f"select distinct cycle from {mart.quoted} order by 1").fetchall():
        path = folder / "parquet" / mart.full_name / f"{cycle}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        # the tables are stored in the order of their columns, and are read in it
        rows = f"from {mart.quoted} where cycle = {literal(cycle)}"
        connection.execute(f"copy ({rows}) to {literal(path)} (format parquet, compression zstd)")
        yield path, cycle
    path = folder / "csv" / f"{mart.full_name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = ", ".join(_csv_cell(column) for column in columns)
    connection.execute(f"copy (select {cells} from {mart.quoted}) to {literal(path)} (format csv, header)")
    yield path, None


def _csv_cell(column: Column) -> str:
    name = column.name
    if FIELD_TYPES[column.type] == "string":
        return f'if(regexp_matches("{name}", \'{FORMULA}\'), chr(39) || "{name}", "{name}") as "{name}"'
    return f'to_json("{name}")::varchar as "{name}"' if FIELD_TYPES[column.type] == "array" else f'"{name}"'


UNITS = {"fraction": "fraction, 0 to 1", "kpi": "the KPI's own, in the column unit"}


def _field(column: Column) -> dict[str, Any]:
    field = {"name": column.name, "type": FIELD_TYPES[column.type], "description": column.description}
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
