"""The raw tables: their columns, types and what each column is. dbt's sources are these tables (a test compares them)."""

from __future__ import annotations

import pyarrow as pa

TEXT, NUMBER, WHOLE, YES_NO = pa.string(), pa.float64(), pa.int64(), pa.bool_()
DAY, TIME = pa.date32(), pa.timestamp("us")

CYCLE = ("cycle", TEXT, "Cycle")
PLACE = [
    ("file", TEXT, "File it stands in, within the cycle's submissions/"),
    ("sheet", TEXT, "Sheet of a workbook, list of a JSON file; null for an export"),
    ("row", WHOLE, "Row of a sheet or export, item number of a list"),
    ("column", TEXT, "Column letter of a sheet, column or key otherwise"),
]
ANSWER = [
    ("field", TEXT, "What is answered: status, disclosure or a figure of a KPI; aware or usage of an instrument"),
    ("text", TEXT, "The answer as submitted"),
    ("word", TEXT, "The fixed word that the text is, for a status, disclosure, awareness or usage"),
    ("is_counted", YES_NO, "Whether the answer's submission is the one that counts for its Member"),
    *PLACE,
]
BASIS = ("basis", TEXT, "Whether the row is sourced or inferred: source, inferred")


def _table(description: str, *columns: tuple[str, pa.DataType, str]) -> pa.Schema:
    fields = [pa.field(name, type_, metadata={"comment": comment}) for name, type_, comment in columns]
    return pa.schema(fields, metadata={"comment": description})


def comment(of: pa.Schema | pa.Field) -> str:
    """What a raw table or column is."""
    return str(of.metadata[b"comment"].decode())


FRAMEWORK_TABLES: dict[str, pa.Schema] = {
    "cycles": _table(
        "The cycle: its framework, reporting year, dates and thresholds",
        CYCLE,
        ("framework", TEXT, "Framework that the cycle uses"),
        ("framework_name", TEXT, "The framework's name"),
        ("framework_source", TEXT, "Where the framework comes from"),
        ("reporting_year", WHOLE, "Reporting year T"),
        ("opens", DAY, "First day on which Members may send"),
        ("closes", DAY, "Last day on which Members may send"),
        ("data_origin", TEXT, "reported or synthetic"),
        ("minimum_completeness_rate", NUMBER, "Sufficiency: least share of applicable KPIs reported"),
        ("minimum_instruments_answered", WHOLE, "Sufficiency: least number of instruments answered"),
        ("minimum_submission_rate", NUMBER, "Completeness: least share of the roster with an accepted submission"),
        ("minimum_sufficient_members", WHOLE, "Completeness: least number of sufficient Members"),
        ("minimum_kpi_response_rate", NUMBER, "Completeness: least response rate of a KPI"),
        ("minimum_instrument_response_rate", NUMBER, "Completeness: least response rate of an instrument"),
        ("maximum_set_aside_rate", NUMBER, "Completeness: largest share of cells set aside"),
    ),
    "groupings": _table(
        "The groupings that the framework declares",
        CYCLE,
        ("grouping", TEXT, "Grouping, a column of the roster"),
        ("position", WHOLE, "Its place among the groupings, from 1"),
        ("grouping_label", TEXT, "The grouping's name for people"),
    ),
    "roster": _table("The nominated Members", CYCLE, ("member", TEXT, "Member, alpha-3"), ("name", TEXT, "The Member's name")),
    "roster_groups": _table(
        "The nominated Members' groups, as they were then",
        CYCLE,
        ("member", TEXT, "Member, alpha-3"),
        ("grouping", TEXT, "Grouping"),
        ("group_name", TEXT, "The Member's group as the roster says; null where it is blank"),
    ),
    "policy": _table(
        "The thresholds of the analysis",
        CYCLE,
        ("policy", TEXT, "Name of the threshold"),
        ("value", NUMBER, "The threshold"),
        ("description", TEXT, "What it decides"),
        ("source", TEXT, "Where it comes from"),
    ),
    "dimensions": _table(
        "Dimensions of Customs performance",
        CYCLE,
        ("dimension", TEXT, "Dimension"),
        ("position", WHOLE, "Its place in the framework, from 1"),
        ("name", TEXT, "The dimension's name"),
        BASIS,
    ),
    "outcomes": _table(
        "Expected outcomes",
        CYCLE,
        ("outcome", TEXT, "Expected outcome"),
        ("position", WHOLE, "Its place in the framework, from 1"),
        ("dimension", TEXT, "Dimension that it belongs to"),
        ("name", TEXT, "The outcome's name"),
        BASIS,
    ),
    "kpis": _table(
        "Key performance indicators",
        CYCLE,
        ("kpi", TEXT, "KPI"),
        ("position", WHOLE, "Its place in the framework, from 1"),
        ("outcome", TEXT, "Expected outcome that it measures"),
        ("name", TEXT, "The KPI's name"),
        ("formula", TEXT, "ratio, variation or value"),
        ("scale", NUMBER, "What the formula's quotient is multiplied by"),
        ("numerator", TEXT, "What the first figure counts"),
        ("denominator", TEXT, "What the second figure counts; null for a value"),
        ("unit", TEXT, "Unit of the KPI's value"),
        ("direction", TEXT, "Wished direction: higher, lower or none"),
        ("minimum", NUMBER, "Least possible value; null if there is no bound"),
        ("maximum", NUMBER, "Largest possible value; null if there is no bound"),
        ("disclosure", TEXT, "The KPI's own level of disclosure: public, wco or member"),
        BASIS,
    ),
    "instruments": _table(
        "WCO instruments and tools",
        CYCLE,
        ("instrument", TEXT, "Instrument or tool"),
        ("position", WHOLE, "Its place in the framework, from 1"),
        ("name", TEXT, "The instrument's name"),
        ("dimension", TEXT, "Dimension that it falls under"),
        BASIS,
    ),
    "instrument_outcomes": _table(
        "Which instrument bears on which outcome",
        CYCLE,
        ("instrument", TEXT, "Instrument"),
        ("outcome", TEXT, "Expected outcome that it bears on"),
        BASIS,
    ),
    "sdgs": _table(
        "Sustainable Development Goals",
        CYCLE,
        ("sdg", WHOLE, "Sustainable Development Goal"),
        ("name", TEXT, "The goal's name"),
        BASIS,
    ),
    "outcome_sdgs": _table(
        "Which outcome contributes to which goal",
        CYCLE,
        ("outcome", TEXT, "Expected outcome"),
        ("sdg", WHOLE, "Goal that it contributes to"),
        BASIS,
    ),
}
"""The cycle, its roster and its framework."""

ANSWER_TABLES: dict[str, pa.Schema] = {
    "files": _table(
        "Files received",
        CYCLE,
        ("file", TEXT, "File received, within the cycle's submissions/"),
        ("sha256", TEXT, "SHA-256 of its bytes"),
        ("form", TEXT, "workbook, json or export; null where it is none of them"),
        ("n_cells", WHOLE, "Cells received in it"),
    ),
    "submissions": _table(
        "What was received, one row for each Member and revision in a file, with its state",
        CYCLE,
        ("submission", TEXT, "The submission's name in its cycle: file, Member and revision"),
        ("file", TEXT, "File received, within the cycle's submissions/"),
        ("sha256", TEXT, "SHA-256 of the file's bytes"),
        ("form", TEXT, "workbook, json or export; null where it is none of them"),
        ("member", TEXT, "Member as sent; null where the file could not be read"),
        ("framework", TEXT, "Framework as sent; null where the form has no place for it or it is blank"),
        ("revision", WHOLE, "Revision as sent"),
        ("submitted_at", TIME, "Time of submission as sent, UTC"),
        ("covers", TEXT, "The lists it speaks for: kpis, instruments or kpis+instruments"),
        ("state", TEXT, "accepted, superseded, duplicate or rejected"),
        ("reason", TEXT, "Why it is superseded, a duplicate or rejected"),
        ("n_cells", WHOLE, "Cells received"),
        ("n_loaded", WHOLE, "Cells that loaded"),
        ("n_set_aside", WHOLE, "Cells set aside"),
    ),
    "kpi_answers": _table(
        "Answers on KPIs, one row for each cell, the text as submitted beside the typed value",
        CYCLE,
        ("submission", TEXT, "Submission it stands in"),
        ("member", TEXT, "Member, alpha-3"),
        ("kpi", TEXT, "KPI"),
        *ANSWER,
        ("value", NUMBER, "The number, for a figure"),
    ),
    "instrument_answers": _table(
        "Answers on instruments, one row for each cell",
        CYCLE,
        ("submission", TEXT, "Submission it stands in"),
        ("member", TEXT, "Member, alpha-3"),
        ("instrument", TEXT, "Instrument"),
        *ANSWER,
    ),
    "rejections": _table(
        "What was set aside, each with a sentence for the sender",
        CYCLE,
        ("submission", TEXT, "Submission it stands in; null where it could not be tied to one"),
        ("member", TEXT, "Member as sent; null where it could not be tied to one"),
        *PLACE,
        ("sha256", TEXT, "SHA-256 of the file's bytes"),
        ("value", TEXT, "What was read"),
        ("rule", TEXT, "Rule by which it was set aside"),
        ("message", TEXT, "What is wrong and what to do"),
        ("n_cells", WHOLE, "Cells that this stands for"),
    ),
}
"""What Members sent."""

LOADS = _table(
    "When the cycle was loaded, and what from",
    CYCLE,
    ("loaded_at", TIME, "When the cycle's raw tables were last loaded, UTC"),
    ("code_version", TEXT, "Version of the code that loaded it"),
    ("framework_sha256", TEXT, "SHA-256 of the framework's files"),
    ("cycle_sha256", TEXT, "SHA-256 of the cycle's own files: cycle.toml and roster.csv"),
    ("submissions_sha256", TEXT, "SHA-256 of the files received, by name and content"),
)
"""When the cycle was loaded, and what from."""

RAW_TABLES = {**FRAMEWORK_TABLES, **ANSWER_TABLES, "loads": LOADS}
