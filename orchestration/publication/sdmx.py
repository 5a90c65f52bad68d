"""The statistical tables as SDMX-CSV 2.0, with the structure message (SDMX-ML 3.0) that says what is in them.

SDMX is what the IMF, the OECD and national statistical offices exchange: https://sdmx.org/standards-2/. Each table is a dataflow,
its primary key the dimensions, numbers the measures, words the attributes; what the framework and its columns enumerate are code
lists.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from pysdmx.io import write_sdmx
from pysdmx.io.format import Format
from pysdmx.model import (
    Agency,
    Code,
    Codelist,
    Component,
    Components,
    Concept,
    ConceptScheme,
    Dataflow,
    DataStructureDefinition,
    DataType,
    ItemReference,
    Organisation,
    Role,
)
from pysdmx.model.message import Header

from orchestration.warehouse.marts import references_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from orchestration.warehouse.marts import Column, Mart, Marts

AGENCY, VERSION, CONCEPTS = "PMM", "1.0.0", "CS_COLUMNS"
SCHEMAS = ("completeness", "kpi", "aggregate", "instrument", "correlation", "sdg", "capacity")
"""Those with statistics; the framework's own tables are code lists, and lineage is none."""
STRUCTURE = "structure.xml"
MEDIA_TYPE = "application/vnd.sdmx.data+csv;version=2.0.0"
STRUCTURE_MEDIA_TYPE = "application/vnd.sdmx.structure+xml;version=3.0.0"
ALSO = ("reference.cycles",)
"""Tables that each file is made from besides its own: the reporting year stands there."""
TIME = "TIME_PERIOD"
"""The dimension that SDMX has for time: the cycle's reporting year."""
IDENTIFIER = re.compile(r"[A-Za-z0-9_@$-]+")
"""What a code may be in SDMX; a list with another is none, and its column is of text."""
TYPES = {
    "varchar": DataType.STRING,
    "varchar[]": DataType.STRING,
    "bigint": DataType.LONG,
    "integer": DataType.INTEGER,
    "double": DataType.DOUBLE,
    "boolean": DataType.BOOLEAN,
    "date": DataType.DATE,
    "timestamp": DataType.DATE_TIME,
}
ABOUT = ("DATA_ORIGIN", "SUPPRESSION", "DISCLOSURE")
"""What is said of figures, and is none."""
MEASURES = ("bigint", "integer", "double")


def is_statistical(mart: Mart) -> bool:
    """Whether a table is a dataflow."""
    return mart.schema in SCHEMAS and bool(mart.primary_key)


def flow_of(mart: Mart) -> str:
    """The identifier of a table's dataflow and of its structure."""
    return mart.full_name.replace(".", "_").upper()


def rows_of(mart: Mart, columns: Sequence[Column], cell: Mapping[str, str]) -> str:
    """The query of a table's rows as SDMX-CSV has them.

    Args:
        mart: the table.
        columns: those that the audience is shown.
        cell: by column the SQL of its text, where it is not the column itself.
    """
    cells = [f'{_sql(column, cell)} as "{column.name.upper()}"' for column in _in_order(mart, columns)]
    n_keys = len(mart.primary_key)
    year = f'(select reporting_year from reference.cycles as cycles where cycles.cycle = "{mart.name}".cycle)'
    return (
        f"select 'dataflow' as \"STRUCTURE\", '{AGENCY}:{flow_of(mart)}({VERSION})' as \"STRUCTURE_ID\", 'I' as \"ACTION\", "
        f'{", ".join(cells[:n_keys])}, {year} as "{TIME}", {", ".join(cells[n_keys:])} from {mart.quoted}'
    )


def _sql(column: Column, cell: Mapping[str, str]) -> str:
    if column.type == "varchar[]":
        return f"array_to_string(\"{column.name}\", ' ')"
    return cell.get(column.name, f'"{column.name}"')


def _in_order(mart: Mart, columns: Iterable[Column]) -> list[Column]:
    """The dimensions first, in the order of the key."""
    by_name = {column.name: column for column in columns}
    return [*(by_name.pop(name) for name in mart.primary_key), *by_name.values()]


def write_structure(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Sequence[Column]], marts: Marts, path: Path, made_at: dt.datetime
) -> None:
    """Write the structure message of an audience's dataflows.

    Args:
        connection: to the audience's file.
        tables: by table the columns that the audience is shown.
        marts: what the tables are.
        path: the file to write.
        made_at: when the figures were made, UTC.
    """
    flows = {name: columns for name, columns in tables.items() if is_statistical(marts[name])}
    lists = _Lists(connection, marts, tables)
    concepts: dict[str, Concept] = {}
    structures: list[DataStructureDefinition] = []
    for name, columns in flows.items():
        mart = marts[name]
        found = [_component(mart, column, lists, concepts) for column in _in_order(mart, columns)]
        if not any(component.role is Role.MEASURE for component in found):  # where there is no number, the words are measured
            found = [one if one.id in ABOUT else _measured(one) for one in found]
        # the dimension of time is the last one
        n_keys = len(mart.primary_key)
        components = [*found[:n_keys], _time(concepts), *found[n_keys:]]
        structures.append(
            DataStructureDefinition(
                id=flow_of(mart),
                name=name,
                description=mart.description,
                agency=AGENCY,
                version=VERSION,
                components=Components(components),
            )
        )
    scheme = ConceptScheme(id=CONCEPTS, name="Columns", agency=Agency(AGENCY), version=VERSION, items=list(concepts.values()))
    dataflows = [
        Dataflow(id=one.id, name=one.name, description=one.description, agency=AGENCY, version=VERSION, structure=one)
        for one in structures
    ]
    header = Header(id=f"{AGENCY}-{made_at:%Y%m%dT%H%M%S}", prepared=made_at, sender=Organisation(AGENCY))
    message = [*lists.made, scheme, *structures, *dataflows]
    write_sdmx(message, Format.STRUCTURE_SDMX_ML_3_0, str(path), header=header, prettyprint=True)


def _time(concepts: dict[str, Concept]) -> Component:
    about = "Reporting year of the cycle"
    concepts.setdefault(TIME, Concept(TIME, name="Time period", description=about, dtype=DataType.YEAR))
    return Component(TIME, required=True, role=Role.DIMENSION, concept=_concept(TIME), local_dtype=DataType.YEAR)


def _concept(name: str) -> ItemReference:
    return ItemReference(sdmx_type="Concept", agency=AGENCY, id=CONCEPTS, version=VERSION, item_id=name)


def _measured(component: Component) -> Component:
    """An attribute as a measure; a dimension stays one."""
    if component.role is Role.DIMENSION:
        return component
    return replace(component, role=Role.MEASURE, attachment_level=None)


def _component(mart: Mart, column: Column, lists: _Lists, concepts: dict[str, Concept]) -> Component:
    name, is_key = column.name.upper(), column.name in mart.primary_key
    concepts.setdefault(
        name, Concept(name, name=column.name.replace("_", " "), description=column.description, dtype=TYPES[column.type])
    )
    role = Role.DIMENSION if is_key else Role.MEASURE if column.type in MEASURES else Role.ATTRIBUTE
    codes = lists.of(mart, column)
    return Component(
        name,
        required=is_key,
        role=role,
        concept=_concept(name),
        local_dtype=None if codes is not None else TYPES[column.type],
        local_codes=codes,
        # to all dimensions, which is to each row
        attachment_level=",".join([*(key.upper() for key in mart.primary_key), TIME]) if role is Role.ATTRIBUTE else None,
    )


def _list(name: str, title: str, codes: Sequence[tuple[str, str]]) -> Codelist | None:
    """A code list; None where a code is no identifier, or there is none."""
    if not codes or not all(IDENTIFIER.fullmatch(code) for code, _ in codes):
        return None
    items = [Code(code, name=text) for code, text in codes]
    return Codelist(id=name, name=title, agency=AGENCY, version=VERSION, items=items)


class _Lists:
    """The code lists that are asked for, each made once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, marts: Marts, tables: Mapping[str, Any]) -> None:
        self._connection, self._marts, self._tables = connection, marts, tables
        self._lists: dict[str, Codelist | None] = {}

    @property
    def made(self) -> list[Codelist]:
        """All lists that there are."""
        return [one for one in self._lists.values() if one is not None]

    def of(self, mart: Mart, column: Column) -> Codelist | None:
        """The list of a column's codes; None where it has none."""
        key = column.name.removeprefix("previous_")
        name = f"CL_{column.name if column.values else key}".upper()
        if name in self._lists:
            return self._lists[name]
        if column.values:
            self._lists[name] = _list(name, f"Words of {column.name}", [(word, word) for word in column.values])
            return self._lists[name]
        for reference in references_of(mart, self._marts):
            if reference.columns[-1] == key and reference.table in self._tables:
                title = self._marts[reference.table].description
                self._lists[name] = _list(name, title, self._named(reference.table, key))
                return self._lists[name]
        return None

    def _named(self, table: str, key: str) -> list[tuple[str, str]]:
        """Each code with its name, that of the latest cycle which has it."""
        mart = self._marts[table]
        name = f"{key}_name" if f"{key}_name" in mart.columns else key
        order = (
            "reporting_year"
            if table == "reference.cycles"
            else "(select reporting_year from reference.cycles as c where c.cycle = t.cycle)"
        )
        return self._connection.execute(
            f'select "{key}", arg_max("{name}", {order}) from {mart.quoted} as t group by 1 order by 1'
        ).fetchall()
