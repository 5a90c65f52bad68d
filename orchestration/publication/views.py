"""Views of a published file that a BI tool charts at once: `views/*.sql`, in the schema `main`.

They show what the file's tables show, and nothing of their own.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.warehouse.sql import literal

if TYPE_CHECKING:
    import duckdb

    from orchestration.warehouse.marts import Marts

VIEWS = Path(__file__).with_name("views")
OWN = {
    "previous_reporting_year": "The reporting year of the cycle that is compared with",
    "n_ranked": "Members whose value of the KPI this file shows",
    "rank": "The Member's place among these, 1 being the best; equal values share one; null where neither high nor low is better",
    "percentile": "Share of these Members with a lower value, equal ones counted half, 0 to 1",
}
"""What columns are that no table has under that name."""


def views() -> dict[str, str]:
    """What each view shows, by name."""
    return {path.stem: _about(path.read_text(encoding="utf-8")) for path in sorted(VIEWS.glob("*.sql"))}


def create_views(connection: duckdb.DuckDBPyConnection, marts: Marts) -> None:
    """Make the views of a file whose tables are there, described as these are; a view of a table that is not there is left out.

    Args:
        connection: to the file.
        marts: what the tables and their columns are.
    """
    tables_there = "select schema_name || '.' || table_name from duckdb_tables() where database_name = current_database()"
    there = {name for (name,) in connection.execute(tables_there).fetchall()}
    for path in sorted(VIEWS.glob("*.sql")):
        query = path.read_text(encoding="utf-8")
        tables = re.findall(r"\b(?:from|join) (\w+\.\w+)", query)
        if not there.issuperset(tables):
            continue
        connection.execute(f"create view main.{path.stem} as {query}")
        connection.execute(f"comment on view main.{path.stem} is {literal(_about(query))}")
        for (column,) in connection.execute(f"select column_name from (describe main.{path.stem})").fetchall():
            described = (marts[table].columns[column].description for table in tables if column in marts[table].columns)
            comment = OWN.get(column) or next(described)
            connection.execute(f"comment on column main.{path.stem}.{column} is {literal(comment)}")


def _about(query: str) -> str:
    return query.splitlines()[0].removeprefix("-- ")
