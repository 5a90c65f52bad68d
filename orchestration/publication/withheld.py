"""How much an audience's file withholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.publication.join import columns_of
from orchestration.publication.protection.tables import CLASS, EXTREMES, ROUNDED
from orchestration.warehouse.held import connected

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.warehouse.marts import Marts

FULLY_SHOWN = (EXTREMES, ROUNDED, CLASS)
"""Words of `suppression` where nothing is withheld that might have been shown."""


def rows_and_withheld(database: Path, cycle: str, marts: Marts) -> dict[str, tuple[int, int]]:
    """By table its rows of a cycle, and those of which figures are withheld that might have been shown.

    Args:
        database: an audience's file.
        cycle: whose rows are counted.
        marts: what the tables are.
    """
    found = {}
    with connected(database, read_only=True) as connection:
        there = columns_of(connection)
        for mart in marts.values():
            if mart.full_name not in there:
                continue
            withheld = f"count(*) filter (where suppression not in {FULLY_SHOWN})" if "suppression" in mart.columns else "0"
            query = f"select count(*), {withheld} from {mart.quoted} where cycle = ?"
            n_rows, n_withheld = connection.execute(query, [cycle]).fetchall()[0]
            found[mart.full_name] = (int(n_rows), int(n_withheld))
    return found
