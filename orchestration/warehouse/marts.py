"""What the marts declare in their YAML, beside each column's description: the one home of keys, units and who sees what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestration.warehouse.dbt import MANIFEST, ensure_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

ACROSS_CYCLES = "across_cycles"
"""The tag of a model that compares cycles, and is built where they meet."""
UNIQUE = "unique_rows"
"""The dbt test of a table's primary key."""
ROW, COUNT, NEVER, MADE = "key", "count", "never", "made"
AS_IT_IS = frozenset({ROW, "always", COUNT})
"""What a column is shown with: as a key, always, or as a count of answers: as it is; `never`; `made`: by the SQL that cuts
the table for an audience, from what that audience sees; or the name of a figure, where that figure is shown."""


@dataclass(frozen=True)
class Column:
    """A column of a mart.

    Attributes:
        type: as DuckDB writes it.
        shown: with what it reaches an audience; None where nothing is declared, so that it reaches none.
        is_key: whether it says what a row is about; the others are figures and words about it.
        is_required: whether it is never null as it is built.
        values: its words, where it has no other; empty where it may have any.
        codes: `kpi` for a list of KPIs' codes.
        unit: `kpi` for the unit of the row's KPI, `fraction` for 0 to 1; None where it is no such figure.
        decimals: with how many protected audiences are shown it; None for all, and for figures in the unit of the row's KPI
            for those of the unit.
        is_exact: whether it is shown with all digits although it is in the KPI's unit.
    """

    name: str
    type: str
    description: str
    shown: str | None = None
    is_key: bool = False
    is_required: bool = False
    values: tuple[str, ...] = ()
    codes: str | None = None
    unit: str | None = None
    decimals: int | None = None
    is_exact: bool = False


class Reference(NamedTuple):
    """That a table's rows are about what stands in another: the same columns are that table's primary key."""

    columns: tuple[str, ...]
    table: str


@dataclass(frozen=True)
class Mart:
    """A table that analysts query.

    Attributes:
        primary_key: columns of which no two rows have the same, as dbt tests it; empty where there are none.
        is_across_cycles: whether it compares cycles, and is built where they meet.
        is_compared: whether what compares cycles reads it.
    """

    schema: str
    name: str
    description: str
    columns: Mapping[str, Column]
    primary_key: tuple[str, ...] = ()
    is_across_cycles: bool = False
    is_compared: bool = False

    @property
    def keys(self) -> list[str]:
        """The columns that say what a row is about."""
        return [column.name for column in self.columns.values() if column.is_key]

    @property
    def order(self) -> str:
        """SQL that puts rows in the order of all columns; to order by keys that come first is quicker, and the same."""
        keys = self.keys
        return "order by " + (", ".join(f'"{key}"' for key in keys) if list(self.columns)[: len(keys)] == keys else "all")

    @property
    def full_name(self) -> str:
        """As `schema.table`."""
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        """The name for SQL."""
        return f'"{self.schema}"."{self.name}"'


Marts = dict[str, Mart]
"""By `schema.table`."""


def read_marts() -> Marts:
    """The marts of the dbt project."""
    return dict(_marts(ensure_manifest().stat().st_mtime_ns))


@cache
def _marts(_: int) -> Marts:
    """The marts of the manifest; read again when that was made again."""
    return marts_of(json.loads(MANIFEST.read_text(encoding="utf-8")))


def marts_of(manifest: dict[str, Any]) -> Marts:
    """The marts of a manifest.

    Args:
        manifest: dbt's manifest.json.
    """
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    primary_keys = {
        node["attached_node"]: tuple(node["test_metadata"]["kwargs"]["columns"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node.get("test_metadata", {}).get("name") == UNIQUE
    }
    compared = {parent for node in models if ACROSS_CYCLES in node["tags"] for parent in node["depends_on"]["nodes"]}
    found = [
        Mart(
            node["schema"],
            node["name"],
            node["description"],
            {name: _column(column) for name, column in node["columns"].items()},
            primary_keys.get(node["unique_id"], ()),
            is_across_cycles=ACROSS_CYCLES in node["tags"],
            is_compared=node["unique_id"] in compared,
        )
        for node in models
        if node["fqn"][1] == "marts"
    ]
    return {mart.full_name: mart for mart in sorted(found, key=lambda mart: mart.full_name)}


def references_of(mart: Mart, marts: Marts) -> list[Reference]:
    """What a table's rows are about, table by table: key columns carry one name everywhere.

    Of what was sent there is none: a file that is set aside may be of a Member that nobody knows.

    Args:
        mart: the table.
        marts: all tables.
    """
    if mart.schema == "lineage":
        return []
    return [
        Reference(other.primary_key, other.full_name)
        for other in marts.values()
        if other.schema == "reference"
        and other is not mart
        and other.primary_key[-1:] == (other.name.removesuffix("s"),)
        and set(other.primary_key) <= set(mart.columns)
    ]


def _column(column: dict[str, Any]) -> Column:
    meta = column["config"]["meta"]
    shown = meta.get("shown")
    return Column(
        column["name"],
        column["data_type"],
        column["description"],
        shown,
        is_key=bool(meta.get("key")) or shown == ROW,
        is_required=any(constraint["type"] == "not_null" for constraint in column.get("constraints", ())),
        values=tuple(meta.get("values", ())),
        codes=meta.get("codes"),
        unit=meta.get("unit"),
        decimals=meta.get("decimals"),
        is_exact=bool(meta.get("exact")),
    )
