"""The files that each audience opens: prepared once the marts have passed their checks, audited, then published together."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.assets.common import CYCLES, OWNERS, Warehouse
from orchestration.assets.marts import build_marts
from orchestration.cycles import cycle_names
from orchestration.disclosure.audiences import AUDIENCES
from orchestration.progress import report
from orchestration.publication import MART_SCHEMAS, publications
from orchestration.publication.suppressed import suppressed
from orchestration.warm.client import call

if TYPE_CHECKING:
    from orchestration.publication.audit import Leak

STAGE = "Publishing"
CANDIDATE = dg.AssetKey(["publication", "candidate"])


@dg.asset(
    key=CANDIDATE,
    partitions_def=CYCLES,
    deps=[key for key in build_marts.keys if key.path[0] in MART_SCHEMAS],
    group_name="publication",
    owners=OWNERS,
    kinds={"duckdb", "parquet"},
    description="The files of the next publication, which nobody sees before they have passed the audit",
)
def candidate(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Write the files of all audiences."""
    report(STAGE, 0, 3)
    home, cycle = warehouse.home, warehouse.cycle(context)
    counts = publications.prepare(home, cycle.cycle, cycle_names(home))
    report(STAGE, 1, 3)
    return dg.MaterializeResult(
        metadata={
            "data_origin": cycle.file.data_origin,
            "dagster/partition_row_count": sum(counts.values()),
            "rows": dg.MetadataValue.json(counts),
        }
    )


@dg.asset_check(
    asset=CANDIDATE,
    name="disclosure_audit",
    blocking=True,
    description="Does nothing that an audience may not see follow from what its file shows?",
)
def disclosure_audit(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Audit the files of the protected audiences."""
    looked_at = _looked_at(warehouse)
    # its algebra needs scipy, which the helper of a refresh has imported
    found = {} if looked_at is None else call("orchestration.publication.publications", "audit", looked_at)
    leaks: dict[str, list[Leak]] = found  # type: ignore[assignment]
    report(STAGE, 2, 3)
    lines = _lines(leaks)
    return dg.AssetCheckResult(
        passed=not lines,
        description=_first(lines, 5) if lines else "Nothing withheld follows from what is shown.",
        metadata=_metadata("leaks", leaks),
    )


@dg.asset_check(
    asset=CANDIDATE,
    name="publication_differences",
    description="Does no answer of a single Member follow from this publication and the last one together?",
)
def publication_differences(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Warn of what the difference to the last publication tells; whether that is handed out, people decide."""
    new = _looked_at(warehouse)
    last = None if new is None else publications.before(warehouse.home, new)
    found = {} if last is None else call("orchestration.publication.publications", "told_since", last, new)
    told: dict[str, list[Leak]] = found  # type: ignore[assignment]
    lines = _lines(told)
    description = "Nothing of a single Member follows from the difference to the last publication."
    if last is not None and lines:
        n_told = ", ".join(f"{audience} {len(found)}" for audience, found in told.items())
        description = (
            f"Answers of single Members follow from the difference to {last.name} ({n_told}): {_first(lines, 3)}. "
            "Hand this file out to nobody who has that one, or wait until more Members have sent or corrected theirs."
        )
    return dg.AssetCheckResult(
        passed=not lines,
        severity=dg.AssetCheckSeverity.WARN,
        description=description,
        metadata=_metadata("told", told),
    )


def _looked_at(warehouse: Warehouse) -> publications.Publication | None:
    """What a check of the publication looks at: what is prepared, or where it is run by itself, what is published."""
    prepared = publications.candidate(warehouse.home)
    return prepared if prepared.folder.exists() else publications.current(warehouse.home)


def _lines(found: dict[str, list["Leak"]]) -> list[str]:
    return [f"{audience}: {leak}" for audience, leaks in found.items() for leak in leaks]


def _metadata(name: str, found: dict[str, list["Leak"]]) -> dict[str, dg.MetadataValue]:
    """What was found, as a list, and its number by audience."""
    return {
        name: dg.MetadataValue.md("\n".join(f"- {line}" for line in _lines(found)[:100]) or "none"),
        **{f"n_{name}_{audience}": dg.MetadataValue.int(len(leaks)) for audience, leaks in found.items()},
    }


def _first(lines: list[str], n: int) -> str:
    return "; ".join(lines[:n]) + (f"; and {len(lines) - n} more" if len(lines) > n else "")


@dg.multi_asset(
    name="publish",
    partitions_def=CYCLES,
    specs=[
        dg.AssetSpec(
            ["publication", audience.name],
            deps=[CANDIDATE],
            description=f"warehouse/{audience.name}.duckdb and its package: the marts for {audience.description}",
            group_name="publication",
            owners=OWNERS,
            kinds={"duckdb", "parquet"},
        )
        for audience in AUDIENCES.values()
    ],
)
def publish(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Publish the files of all audiences by one rename."""
    home, cycle = warehouse.home, warehouse.cycle(context)
    published = publications.publish(home, cycle.cycle)
    report(STAGE, 3, 3)
    for audience in AUDIENCES.values():
        shown = suppressed(published.file(audience.name), cycle.cycle)
        yield dg.MaterializeResult(
            ["publication", audience.name],
            metadata={
                "path": dg.MetadataValue.path(home.published(audience.name)),
                "publication": dg.MetadataValue.text(published.name),
                "data_origin": cycle.file.data_origin,
                "dagster/partition_row_count": sum(n for n, _ in shown.values()),
                "rows_with_withheld_figures": dg.MetadataValue.json({t: n for t, (_, n) in shown.items() if n}),
            },
        )
