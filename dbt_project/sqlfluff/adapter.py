"""What sqlfluff needs of dbt's `adapter` to expand the macros: it lints what is written for DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import pass_context

if TYPE_CHECKING:
    from jinja2.runtime import Context, Macro


@pass_context
def dispatch(context: Context, name: str) -> Macro:
    """The macro of that name for DuckDB, of the file in which it is asked for."""
    macro: Macro = context[f"duckdb__{name}"]
    return macro


def quote(name: str) -> str:
    """A name as DuckDB quotes it."""
    return f'"{name}"'
