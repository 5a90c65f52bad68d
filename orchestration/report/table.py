"""Tables of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Cell(NamedTuple):
    """A cell.

    Attributes:
        text: what stands in it.
        href: to where it leads.
        sort: by what it is sorted, where not by its text.
        note: what is said of it below the table.
        mark: a class of `report.css`.
    """

    text: str
    href: str = ""
    sort: float | str | None = None
    note: str = ""
    mark: str = ""


class Column(NamedTuple):
    """A column: its heading, and whether figures stand in it."""

    title: str
    is_figure: bool = False


def table(
    name: str, caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, can_filter: bool = False
) -> dict[str, Any]:
    """A table as a template is given it.

    Args:
        name: of it on its page, and in its address.
        caption: what it shows.
        columns: its headings.
        rows: a cell a column.
        can_filter: whether it is long enough to be searched.
    """
    assert all(len(row) == len(columns) for row in rows), "each row has a cell a column"
    notes: dict[str, int] = {}
    for row in rows:
        for cell in row:
            if cell.note:
                notes.setdefault(cell.note, len(notes) + 1)
    return {
        "name": name,
        "caption": caption,
        "columns": [column._asdict() for column in columns],
        "rows": [[cell._asdict() | {"number": notes.get(cell.note)} for cell in row] for row in rows],
        "notes": [{"number": number, "text": note} for note, number in notes.items()],
        "can_filter": can_filter,
    }
