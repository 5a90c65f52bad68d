"""What a publication shows of each cycle, in few characters: where two show the same of one, these are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.disclosure.audiences import PROTECTED
from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from orchestration.publication.kept import Publication

ANSWERS = ("reference.member_groups", "kpi.member_kpi_values", "instrument.member_instrument_answers")
"""Tables of the internal file that say what was answered, and by whom."""
FIGURES = (
    "aggregate.kpi_by_group",
    "kpi.kpi_performance",
    "kpi.member_kpi_values",
    "instrument.instrument_use",
    "correlation.instrument_kpi",
)
"""Tables of an audience's file that tell of answers. Panels are left out: they change whenever the other cycle does."""


def digests_of(publication: Publication) -> dict[str, str]:
    """By cycle what a publication's files show, and of what.

    Args:
        publication: whose files are finished.
    """
    places = [("internal", table) for table in ANSWERS] + [(one.name, table) for one in PROTECTED for table in FIGURES]
    files = {name: publication.file(name) for name in dict.fromkeys(name for name, _ in places)}
    # sums of hashes are the same in any order of rows
    each = " union all ".join(
        f"select cycle, hash('{name}.{table}', sum(hash(shown))) as digest from {name}.{table} as shown group by cycle"
        for name, table in places
    )
    query = f"select cycle, sum(digest)::varchar from ({each}) group by cycle order by all"
    with attached(**files) as connection:
        return dict(connection.execute(query).fetchall())
