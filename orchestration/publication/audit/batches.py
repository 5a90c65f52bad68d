"""Some worlds after the other: those of many Members are more than memory holds, and no world asks for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

MOST_ROWS = 1_500_000
"""Values or changed answers that are looked at at once, of one subject at least; their figures take some hundred megabytes."""

SIZES = {
    "values": "select number, n_worlds * count(*) from worlds inner join internal.kpi.member_kpi_values as own "
    "on worlds.cycle = own.cycle and worlds.subject = own.kpi and own.status = 'reported' "
    "where measure is null group by number, n_worlds order by number",
    "answers": "select number, n_changes from worlds where measure is not null order by number",
}
"""By kind of secret, how many rows the worlds of each subject are."""


def batches(connection: duckdb.DuckDBPyConnection, kind: str) -> Iterator[None]:
    """Name in the variable `subjects`, which the audit's SQL reads, the numbers of some subjects, and then of the next.

    Args:
        connection: with `internal` and `proof` attached, and the variable `audience`.
        kind: of secrets, `values` or `answers`.
    """
    sizes = connection.execute(
        "with worlds as (select subjects.*, count(distinct world) as n_worlds, count(*) as n_changes "
        "from proof.subjects as subjects inner join proof.changes as changes using (number) "
        f"where subjects.audience = getvariable('audience') group by all) {SIZES[kind]}"
    ).fetchall()
    batch: list[int] = []
    n_rows = 0
    for number, n in [*sizes, (None, 0)]:
        if batch and (number is None or n_rows + n > MOST_ROWS):
            connection.execute("set variable subjects = ?", [batch])
            yield
            batch, n_rows = [], 0
        batch.append(number)
        n_rows += n
