"""The models of a KPI's statistics as dbt compiled them, in a DuckDB that has nothing else.

It imports nothing of the project: the benchmark of engines runs where the project is not installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

MODELS = {"int_group_answers": "view", "int_kpi_ranges": "table", "int_kpi_statistics": "table"}
"""In the order in which they read one another, with what a build has of each."""


def use_schema(connection: duckdb.DuckDBPyConnection) -> None:
    """Have what is made next stand where the models look for it: int_kpi_groups, int_sufficient_member_kpis, int_member_groups."""
    connection.execute("attach ':memory:' as pmm; create schema pmm.intermediate; use pmm.intermediate")


def build_statistics(connection: duckdb.DuckDBPyConnection, compiled: Path) -> None:
    """Build the models from their files in a folder, over what they read."""
    for model, kind in MODELS.items():
        connection.execute(f"create {kind} {model} as {(compiled / f'{model}.sql').read_text()}")
