"""The pages of `docs/` that repeat what stands elsewhere: made from it, by `make docs`, so that each fact has one home."""

from __future__ import annotations

import json
from typing import Any

from orchestration.home import CODE
from orchestration.intake.rules import RULES
from orchestration.publication import MART_SCHEMAS
from orchestration.warehouse.dbt import ensure_manifest

DOCS = CODE / "docs"
MADE = "<!-- Made by `make docs`; change the descriptions where they stand, not here. -->"


def pages() -> dict[str, str]:
    """Name and text of each page."""
    return {"tables.md": tables_page(json.loads(ensure_manifest().read_text(encoding="utf-8"))), "rules.md": rules_page()}


def tables_page(manifest: dict[str, Any]) -> str:
    """Every mart with its columns, from the dbt project's descriptions.

    Args:
        manifest: dbt's manifest.json.
    """
    models = [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["schema"] in MART_SCHEMAS]
    lines = [
        "# Tables",
        "",
        MADE,
        "",
        "The tables that analysts query, by schema. The same descriptions are comments in the database file:",
        "`select * from duckdb_columns()`.",
    ]
    for schema in MART_SCHEMAS:
        lines += ["", f"## {schema}"]
        for model in sorted((m for m in models if m["schema"] == schema), key=lambda m: str(m["name"])):
            lines += [
                "",
                f"### {schema}.{model['name']}",
                "",
                _cell(model["description"]),
                "",
                "| column | type | |",
                "|---|---|---|",
            ]
            for column in model["columns"].values():
                lines.append(f"| `{column['name']}` | {column['data_type']} | {_cell(column['description'])} |")
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
