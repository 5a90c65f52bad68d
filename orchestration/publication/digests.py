"""What a publication shows of each cycle, in few characters: where two show the same of one, these are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.disclosure.audiences import PROTECTED
from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from orchestration.publication.kept import Publication, Record

ANSWERS = (
    "reference.kpis",
    "reference.policy",
    "reference.member_groups",
    "kpi.member_kpi_values",
    "instrument.member_instrument_answers",
)
"""Tables of the internal file that say what was answered, by whom, and what that has to agree with."""
FIGURES = (
    "aggregate.kpi_by_group",
    "kpi.kpi_performance",
    "kpi.member_kpi_values",
    "instrument.instrument_use",
    "correlation.instrument_kpi",
)
"""Tables of an audience's file that tell of answers."""
PANELS = "aggregate.kpi_trends"
"""The table of figures of two cycles, which has digests of its own: it changes whenever one of them does."""


def digests_of(publication: Publication) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """What a publication's files show, and of what.

    Args:
        publication: whose files are finished.

    Returns:
        by cycle what they show of it; by later and earlier cycle what they show of both.
    """
    audiences: list[str] = [one.name for one in PROTECTED]
    figures = [("internal", table) for table in ANSWERS] + [(name, table) for name in audiences for table in FIGURES]
    panels = [(name, PANELS) for name in ("internal", *audiences)]
    with attached(**{name: publication.file(name) for name, _ in panels}) as connection:

        def digests(places: list[tuple[str, str]], columns: str) -> list[Any]:
            # sums of hashes are the same in any order of rows
            each = " union all ".join(
                f"select {columns}, hash('{name}.{table}', sum(hash(shown))) as digest from {name}.{table} as shown group by all"
                for name, table in places
            )
            return connection.execute(
                f"select {columns}, sum(digest)::varchar from ({each}) group by all order by all"
            ).fetchall()

        of_cycles, of_panels = digests(figures, "cycle"), digests(panels, "cycle, previous_cycle")
    by_later: dict[str, dict[str, str]] = {}
    for later, earlier, digest in of_panels:
        by_later.setdefault(later, {})[earlier] = digest
    return dict(of_cycles), by_later


def told_of(record: Record, cycle: str) -> str | None:
    """All that a publication tells of a cycle, with what it is compared with; None where its record does not say."""
    if record.panels is None:
        return None
    panels = {(later, earlier): digest for later, of in record.panels.items() for earlier, digest in of.items()}
    linked = {pair: digest for pair, digest in panels.items() if cycle in pair}
    near = sorted({cycle}.union(*linked))
    if not record.digests.keys() >= set(near):
        return None
    return repr(([(one, record.digests[one]) for one in near], sorted(linked.items())))
