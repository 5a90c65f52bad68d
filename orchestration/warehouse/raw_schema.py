"""The raw tables: the one place that says which columns they have, of what type, and what a row is.

What a column *is* stands in `dbt_project/models/columns.md`, by the name of its block there: the same text describes it in raw,
staging and the marts. dbt's sources and the staging models' YAML are made from here by `make docs`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from orchestration.inputs.home import DBT_PROJECT

TEXT, NUMBER, WHOLE, YES_NO = pa.string(), pa.float64(), pa.int64(), pa.bool_()
DAY, TIME = pa.date32(), pa.timestamp("us")


@dataclass(frozen=True)
class RawColumn:
    """A column of a raw table.

    Attributes:
        staged: its name in staging.
        doc: the block of `columns.md` that describes it.
    """

    name: str
    type: pa.DataType
    staged: str
    doc: str


@dataclass(frozen=True)
class RawTable:
    """A raw table.

    Attributes:
        key: the columns that tell its rows apart; none where a row is a cell as it was sent.
    """

    description: str
    columns: tuple[RawColumn, ...]
    key: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """The columns as Arrow's schema."""
        return pa.schema([(column.name, column.type) for column in self.columns])


def column(name: str, type_: pa.DataType, staged: str | None = None, doc: str | None = None) -> RawColumn:
    """A column; its name in staging is its own, and its block of the same name, unless said otherwise."""
    return RawColumn(name, type_, staged or name, doc or staged or name)


def table(description: str, *columns: RawColumn, key: tuple[str, ...] = ()) -> RawTable:
    """A table."""
    return RawTable(description, columns, key)


@cache
def docs() -> dict[str, str]:
    """What columns are, by block of `columns.md`."""
    text = (DBT_PROJECT / "models" / "columns.md").read_text(encoding="utf-8")
    return {name: " ".join(block.split()) for name, block in re.findall(r"{% docs (\w+) %}(.*?){% enddocs %}", text, re.DOTALL)}


CYCLE, BASIS = column("cycle", TEXT), column("basis", TEXT)
PLACE = (column("file", TEXT), column("sheet", TEXT), column("row", WHOLE), column("column", TEXT))
ANSWER = (
    column("field", TEXT),
    column("text", TEXT, staged="submitted_text"),
    column("word", TEXT),
    column("is_counted", YES_NO),
)

FRAMEWORK_TABLES: dict[str, RawTable] = {
    "cycles": table(
        "The cycle: its framework, reporting year, dates and thresholds",
        CYCLE,
        column("framework", TEXT),
        column("framework_name", TEXT),
        column("framework_source", TEXT),
        column("reporting_year", WHOLE),
        column("opens", DAY),
        column("closes", DAY),
        column("data_origin", TEXT),
        column("minimum_completeness_rate", NUMBER),
        column("minimum_instruments_answered", WHOLE),
        column("minimum_submission_rate", NUMBER),
        column("minimum_sufficient_members", WHOLE),
        column("minimum_kpi_response_rate", NUMBER),
        column("minimum_instrument_response_rate", NUMBER),
        column("maximum_set_aside_rate", NUMBER),
        key=("cycle",),
    ),
    "groupings": table(
        "The groupings that the framework declares",
        CYCLE,
        column("grouping", TEXT),
        column("position", WHOLE),
        column("grouping_label", TEXT),
        key=("cycle", "grouping"),
    ),
    "roster": table(
        "The nominated Members",
        CYCLE,
        column("member", TEXT),
        column("name", TEXT, staged="member_name"),
        key=("cycle", "member"),
    ),
    "roster_groups": table(
        "The nominated Members' groups, as they were then",
        CYCLE,
        column("member", TEXT),
        column("grouping", TEXT),
        column("group_name", TEXT),
        column("group_position", WHOLE),
        key=("cycle", "member", "grouping"),
    ),
    "policy": table(
        "The thresholds of the analysis",
        CYCLE,
        column("policy", TEXT),
        column("value", NUMBER, doc="policy_value"),
        column("description", TEXT, doc="policy_description"),
        column("source", TEXT, doc="policy_source"),
        key=("cycle", "policy"),
    ),
    "disclosure_levels": table(
        "Levels of disclosure",
        CYCLE,
        column("disclosure", TEXT),
        column("position", WHOLE, doc="disclosure_position"),
        key=("cycle", "disclosure"),
    ),
    "audience_levels": table(
        "Which levels of disclosure reach which audience",
        CYCLE,
        column("audience", TEXT),
        column("disclosure", TEXT),
        key=("cycle", "audience", "disclosure"),
    ),
    "dimensions": table(
        "Dimensions of Customs performance",
        CYCLE,
        column("dimension", TEXT),
        column("position", WHOLE),
        column("name", TEXT, staged="dimension_name"),
        BASIS,
        key=("cycle", "dimension"),
    ),
    "outcomes": table(
        "Expected outcomes",
        CYCLE,
        column("outcome", TEXT),
        column("position", WHOLE),
        column("dimension", TEXT),
        column("name", TEXT, staged="outcome_name"),
        BASIS,
        key=("cycle", "outcome"),
    ),
    "kpis": table(
        "Key performance indicators",
        CYCLE,
        column("kpi", TEXT),
        column("position", WHOLE),
        column("outcome", TEXT),
        column("name", TEXT, staged="kpi_name"),
        column("formula", TEXT),
        column("scale", NUMBER),
        column("numerator", TEXT),
        column("denominator", TEXT),
        column("unit", TEXT),
        column("decimals", WHOLE),
        column("symbol", TEXT, doc="unit_symbol"),
        column("direction", TEXT),
        column("minimum", NUMBER, doc="kpi_minimum"),
        column("maximum", NUMBER, doc="kpi_maximum"),
        column("disclosure", TEXT, doc="kpi_disclosure"),
        BASIS,
        key=("cycle", "kpi"),
    ),
    "instruments": table(
        "WCO instruments and tools",
        CYCLE,
        column("instrument", TEXT),
        column("position", WHOLE),
        column("name", TEXT, staged="instrument_name"),
        column("dimension", TEXT),
        column("disclosure", TEXT, doc="instrument_disclosure"),
        BASIS,
        key=("cycle", "instrument"),
    ),
    "instrument_outcomes": table(
        "Which instrument bears on which outcome",
        CYCLE,
        column("instrument", TEXT),
        column("outcome", TEXT),
        BASIS,
        key=("cycle", "instrument", "outcome"),
    ),
    "sdgs": table(
        "Sustainable Development Goals",
        CYCLE,
        column("sdg", WHOLE),
        column("name", TEXT, staged="sdg_name"),
        BASIS,
        key=("cycle", "sdg"),
    ),
    "outcome_sdgs": table(
        "Which outcome contributes to which goal",
        CYCLE,
        column("outcome", TEXT),
        column("sdg", WHOLE),
        BASIS,
        key=("cycle", "outcome", "sdg"),
    ),
    "texts": table(
        "What the framework's texts are in other languages",
        CYCLE,
        column("language", TEXT),
        column("kind", TEXT, doc="text_kind"),
        column("code", TEXT, doc="text_code"),
        column("text", TEXT),
        BASIS,
        key=("cycle", "language", "kind", "code"),
    ),
}
"""The cycle, its roster and its framework."""

ANSWER_TABLES: dict[str, RawTable] = {
    "files": table(
        "Files received",
        CYCLE,
        column("file", TEXT),
        column("sha256", TEXT),
        column("form", TEXT),
        column("n_cells", WHOLE),
        key=("cycle", "file"),
    ),
    "submissions": table(
        "What was received, one row for each Member and revision in a file, with its state",
        CYCLE,
        column("submission", TEXT),
        column("file", TEXT),
        column("sha256", TEXT),
        column("form", TEXT),
        column("member", TEXT),
        column("framework", TEXT),
        column("revision", WHOLE),
        column("submitted_at", TIME),
        column("covers", TEXT),
        column("state", TEXT),
        column("reason", TEXT),
        column("n_cells", WHOLE),
        column("n_loaded", WHOLE),
        column("n_set_aside", WHOLE),
        key=("cycle", "submission"),
    ),
    "kpi_answers": table(
        "Answers on KPIs, one row for each cell, the text as submitted beside the typed value",
        CYCLE,
        column("submission", TEXT),
        column("member", TEXT),
        column("kpi", TEXT),
        *ANSWER,
        *PLACE,
        column("value", NUMBER, doc="figure"),
    ),
    "instrument_answers": table(
        "Answers on instruments, one row for each cell",
        CYCLE,
        column("submission", TEXT),
        column("member", TEXT),
        column("instrument", TEXT),
        *ANSWER,
        *PLACE,
    ),
    "rejections": table(
        "What was set aside, each with a sentence for the sender",
        CYCLE,
        column("submission", TEXT),
        column("member", TEXT),
        *PLACE,
        column("sha256", TEXT),
        column("value", TEXT, doc="rejected_value"),
        column("rule", TEXT),
        column("message", TEXT),
        column("n_cells", WHOLE, doc="rejected_cells"),
    ),
}
"""What Members sent."""

LOADS = table(
    "When the cycle was loaded, and what from",
    CYCLE,
    column("loaded_at", TIME, staged="refreshed_at"),
    column("code_version", TEXT),
    column("framework_sha256", TEXT),
    column("cycle_sha256", TEXT),
    column("submissions_sha256", TEXT),
    key=("cycle",),
)
"""When the cycle was loaded, and what from."""

RAW_TABLES = {**FRAMEWORK_TABLES, **ANSWER_TABLES, "loads": LOADS}
