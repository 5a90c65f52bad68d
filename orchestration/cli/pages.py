"""The pages of `docs/` that repeat what stands elsewhere: made from it, by `make docs`, so that each fact has one home."""

from __future__ import annotations

from itertools import groupby

from orchestration.inputs.home import CODE
from orchestration.intake.rules import RULES
from orchestration.warehouse.marts import Marts, read_marts

DOCS = CODE / "docs"
MADE = "<!-- Made by `make docs`; change the descriptions where they stand, not here. -->"


def pages() -> dict[str, str]:
    """Name and text of each page."""
    return {"tables.md": tables_page(read_marts()), "rules.md": rules_page()}


def tables_page(marts: Marts) -> str:
    """Every mart with its columns, from the dbt project's descriptions."""
    lines = [
        "# Tables",
        "",
        MADE,
        "",
        "The tables that analysts query, by schema. The same descriptions are comments in the database file:",
        "`select * from duckdb_columns()`.",
    ]
    for schema, tables in groupby(marts.values(), key=lambda mart: mart.schema):
        lines += ["", f"## {schema}"]
        for mart in tables:
            lines += ["", f"### {mart.full_name}", "", _cell(mart.description), "", "| column | type | |", "|---|---|---|"]
            lines += [f"| `{c.name}` | {c.type} | {_cell(c.description)} |" for c in mart.columns.values()]
    return "\n".join(lines) + "\n"


def rules_page() -> str:
    """Every rule by which a cell, a submission or a file is set aside."""
    lines = [
        "# Rules",
        "",
        MADE,
        "",
        "What is set aside, by the word in `lineage.rejections.rule`.",
        "",
        "| rule | |",
        "|---|---|",
    ]
    lines += [f"| `{rule}` | {_cell(text)} |" for rule, text in RULES.items()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
