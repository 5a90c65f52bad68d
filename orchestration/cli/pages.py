"""The pages and YAML that repeat what stands elsewhere: made from it, by `make docs`, so that each fact has one home."""

from __future__ import annotations

import json
from pathlib import Path

import jinja2

from orchestration.inputs.home import CODE, DBT_PROJECT
from orchestration.intake.rules import RULES
from orchestration.publication.views import views
from orchestration.report.kinds import compiled
from orchestration.warehouse import column_lineage
from orchestration.warehouse.dbt import ensure_manifest
from orchestration.warehouse.marts import read_marts
from orchestration.warehouse.raw_schema import RAW_TABLES

DOCS = CODE / "docs"
STAGING = DBT_PROJECT / "models" / "staging"
SQL_WORDS = ("row", "column")
"""Columns whose names are words of SQL, and are quoted."""


def raw_yaml() -> dict[Path, str]:
    """dbt's sources, and the staging models' YAML, from the raw schema."""  # noqa: D403
    staged = {path.stem.removeprefix("stg_") for path in STAGING.glob("stg_*.sql")}
    made = {STAGING / "sources.yml": _render("sources.yml", tables=RAW_TABLES)}
    for name, table in RAW_TABLES.items():
        if name in staged:
            made[STAGING / f"stg_{name}.yml"] = _render("staging.yml", name=name, table=table)
    keyed = {name: table for name, table in RAW_TABLES.items() if name in staged and table.key}
    made[DBT_PROJECT / "tests" / "staging_rows_are_unique.sql"] = _render("staging_rows_are_unique.sql", tables=keyed)
    return made


def reference_pages() -> dict[Path, str]:
    """The pages that list every table and every rule."""
    return {
        DOCS / "tables.md": _render("tables.md", marts=read_marts().values(), views=views()),
        DOCS / "rules.md": _render("rules.md", rules=RULES),
    }


def lineage_file() -> dict[Path, str]:
    """From which columns each column of dbt's models is made."""
    manifest = json.loads(ensure_manifest().read_text(encoding="utf-8"))
    return {column_lineage.FILE: column_lineage.written(column_lineage.find_column_lineage(manifest))}


def _render(template: str, **facts: object) -> str:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("page_templates")),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    templates.filters["cell"] = lambda text: " ".join(text.split()).replace("|", "\\|")
    return templates.get_template(f"{template}.j2").render(**facts, sql_words=SQL_WORDS)


if __name__ == "__main__":
    # the tables are read from dbt's manifest, which is parsed from the YAML
    for make in (raw_yaml, reference_pages, lineage_file, compiled):
        for path, text in make().items():
            path.write_text(text, encoding="utf-8")
