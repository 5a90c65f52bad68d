"""Whether two tables say the same: every row of one has its row in the other, with the same figures to a billionth."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

TOLERANCE = 1e-9
"""By how much figures may differ, of 1 or of the greater of them where that is more: the last digits are arithmetic's."""


def differing(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> int:
    """The number of rows of either table that have no row of the same in the other.

    Args:
        connection: in which both tables are.
        one: a table, or a query in brackets.
        other: one of the same columns, in any order of rows; whole numbers may be of any width.

    Raises:
        ValueError: their columns have not the same names.
    """
    types = {row[0]: row[1] for row in connection.execute(f"describe from {one}").fetchall()}
    others = [row[0] for row in connection.execute(f"describe from {other}").fetchall()]
    if list(types) != others:
        raise ValueError(f"{one} has the columns {', '.join(types)}; {other} has {', '.join(others)}")
    figures = [name for name, kind in types.items() if kind in ("DOUBLE", "DOUBLE[]")]
    words = [name for name in types if name not in figures]
    # rows of the same words are told apart by their figures, in order
    numbered = ", ".join(f'"{name}"' for name in words) or "1"
    ordered = ", ".join(f'"{name}"' for name in figures) or "1"
    same = [f'a."{name}" is not distinct from b."{name}"' for name in words]
    same += [_close(f'a."{name}"', f'b."{name}"', types[name]) for name in figures]
    rows = "select *, row_number() over (partition by {0} order by {1}) as nth from {2}"
    (paired,) = connection.execute(
        f"""
        select count(*)
        from ({rows.format(numbered, ordered, one)}) as a
        inner join ({rows.format(numbered, ordered, other)}) as b
            on a.nth = b.nth and {" and ".join(same)}
        """
    ).fetchall()[0]
    (n_one,), (n_other,) = (connection.execute(f"select count(*) from {name}").fetchall()[0] for name in (one, other))
    return int(n_one + n_other - 2 * paired)


def _close(a: str, b: str, kind: str) -> str:
    if kind == "DOUBLE":
        near = f"abs({a} - {b}) <= {TOLERANCE} * greatest(1, abs({a}), abs({b}))"
        return f"({a} is not distinct from {b} or coalesce({near}, false))"
    pairs = f"list_zip({a}, {b})"
    near = f"abs(p[1] - p[2]) <= {TOLERANCE} * greatest(1, abs(p[1]), abs(p[2]))"
    return (
        f"({a} is not distinct from {b} or "
        f"coalesce(len({a}) = len({b}) and len(list_filter({pairs}, lambda p: not coalesce({near}, false))) = 0, false))"
    )
