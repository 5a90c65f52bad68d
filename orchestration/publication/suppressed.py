"""How much an audience's file withholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from orchestration.publication.assemble import mart_columns
from orchestration.publication.decisions import EXTREMES

if TYPE_CHECKING:
    from pathlib import Path


def suppressed(database: Path, cycle: str) -> dict[str, tuple[int, int]]:
    """By table its rows of a cycle, and those of which figures are withheld that might have been shown.

    Args:
        database: an audience's file.
        cycle: whose rows are counted.
    """
    found = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        for (schema, table), columns in mart_columns(connection).items():
            withheld = f"count(*) filter (where suppression != '{EXTREMES}')" if "suppression" in dict(columns) else "0"
            query = f'select count(*), {withheld} from "{schema}"."{table}" where cycle = ?'
            n_rows, n_withheld = connection.execute(query, [cycle]).fetchall()[0]
            found[f"{schema}.{table}"] = (int(n_rows), int(n_withheld))
    return found
