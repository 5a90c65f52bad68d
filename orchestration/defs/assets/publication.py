"""From the builds to the files that each audience opens; the steps are those of `publication/make.py`."""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import dagster as dg

from orchestration.completeness import page
from orchestration.defs.assets.marts import JOINED
from orchestration.defs.partitioned import CYCLES, check_spec
from orchestration.defs.progress import report
from orchestration.defs.resources import OWNERS, Warehouse
from orchestration.defs.runs import given_reason
from orchestration.disclosure.audiences import AUDIENCES, PROTECTED, AudienceName
from orchestration.inputs.cycles import cycle_names
from orchestration.publication import kept, make
from orchestration.publication.holding import sentence
from orchestration.publication.kept import Restored
from orchestration.publication.withheld import rows_and_withheld
from orchestration.serving.address import REPORT, address_of
from orchestration.warehouse.fingerprint import note_published
from orchestration.warehouse.held import remove
from orchestration.warehouse.marts import ACROSS_CYCLES, read_marts
from orchestration.warm.workers import Called, begin, call

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestration.inputs.home import Home
    from orchestration.publication.audit.leak import Leak
    from orchestration.publication.validation import Validated
    from orchestration.report.site import Written

STAGE = "Publishing"
STEPS = 5
CANDIDATE = dg.AssetKey(["publication", "candidate"])
PREPARED = "prepared"
"""What `joined` has begun for `candidate`, beside what compares cycles."""


class Source(dg.Config):
    """Where the cycle's figures come from: its build, or an earlier publication that is brought back, and why."""

    publication: str = ""
    reason: str = ""


def joined(marts: Iterable[dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset that joins the marts of all cycles.

    Args:
        marts: the keys of those that one cycle's build holds.
    """

    @dg.asset(
        key=JOINED,
        partitions_def=CYCLES,
        deps=list(marts),
        group_name=ACROSS_CYCLES,
        owners=OWNERS,
        kinds={"duckdb"},
        description="What is compared between cycles, in one file: this cycle's as built, the others' as last published",
    )
    def join_cycles(context: dg.AssetExecutionContext, config: Source, warehouse: Warehouse) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """Put the cycle's build in place, and join it with the other cycles."""
        report(STAGE, 0, STEPS)
        home, cycle = warehouse.home, warehouse.publishing(context)
        restored = None
        if config.publication:
            since = dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec="seconds")
            restored = Restored(config.publication, since, config.reason)
        else:
            warehouse.build(context).put_in_place()
        reason = given_reason(context.op_execution_context)
        found = make.join_cycles(home, cycle.name, cycle_names(home), read_marts(), restored, reason)
        for said in found.said:
            context.log.warning(said)
            report(said, 0, 0)
        if context.job_def.has_node_named(CANDIDATE.to_python_identifier()):
            warehouse.keep(PREPARED, [begin("orchestration.publication.make", "prepare", home, read_marts())])
        return dg.MaterializeResult(
            metadata={
                "data_origin": cycle.file.data_origin,
                "dagster/partition_row_count": sum(found.counts.values()),
                "rows": dg.MetadataValue.json(found.counts),
            }
        )

    return join_cycles


@dg.asset(
    key=CANDIDATE,
    partitions_def=CYCLES,
    deps=[JOINED, ["aggregate", "kpi_trends"]],
    group_name="publication",
    owners=OWNERS,
    kinds={"duckdb", "parquet"},
    description="The files of the next publication, which nobody sees before they have passed the audit",
)
def candidate(context: dg.AssetExecutionContext, warehouse: Warehouse) -> None:
    """Write the files of all audiences; where that is done, their reports are begun, beside the checks of these files."""
    report(STAGE, 1, STEPS)
    warehouse.publishing(context)
    # what is withheld is decided with scipy, which a worker has imported
    call("orchestration.publication.make", "cut", warehouse.home, read_marts(), begins_more=True)
    for begun in warehouse.taken(PREPARED) or []:
        begun.end()
    if context.job_def.has_node_named("write_reports"):
        warehouse.keep(REPORT, _begin_reports(warehouse.home))
    report(STAGE, 2, STEPS)


@dg.multi_asset_check(
    name="audit",
    can_subset=True,
    specs=[
        check_spec(
            name="disclosure_audit",
            asset=CANDIDATE,
            blocking=True,
            description="Does nothing that an audience may not see follow from what its file shows?",
        )
    ],
)
def disclosure_audit(warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """Audit the files of the protected audiences."""
    looked_at = _looked_at(warehouse)
    last = kept.current(warehouse.home)
    leaks: dict[str, list[Leak]] = {}
    if looked_at is not None:  # its algebra needs scipy, which a worker has imported
        before = None if looked_at == last else last
        leaks = call("orchestration.publication.make", "audit", looked_at, read_marts(), before)
    report(STAGE, 3, STEPS)
    lines = _lines(leaks)
    yield dg.AssetCheckResult(
        asset_key=CANDIDATE,
        check_name="disclosure_audit",
        passed=not lines,
        description=_first(lines, 5) if lines else "Nothing withheld follows from what is shown.",
        metadata=_metadata("leaks", leaks),
    )


@dg.multi_asset_check(
    name="validate_packages",
    can_subset=True,
    specs=[
        check_spec(
            name="packages_are_valid",
            asset=CANDIDATE,
            blocking=True,
            description="Is each package what its data package says: keys, references, words, types, sizes, hashes?",
        )
    ],
)
def packages_are_valid(warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """Validate each audience's package: of a new publication the files that were made for it."""
    looked_at = _looked_at(warehouse)
    last = kept.current(warehouse.home)
    before = None if looked_at == last else last
    found: dict[AudienceName, Validated] = {}
    if looked_at is not None:
        new = looked_at

        def asked(audience: AudienceName) -> object:
            return new.package(audience), None if before is None else before.package(audience)

        found = _answers(_begin("orchestration.publication.validation", "validate_packages", asked))
    lines = [f"{audience}: {problem}" for audience, one in found.items() for problem in one.problems]
    n_files, n_cut = (sum(getattr(one, name) for one in found.values()) for name in ("n_files", "n_cut"))
    yield dg.AssetCheckResult(
        asset_key=CANDIDATE,
        check_name="packages_are_valid",
        passed=not lines,
        description=_first(lines, 5) if lines else f"{n_files} files are as the data packages say.",
        metadata={
            "problems": dg.MetadataValue.md("\n".join(f"- {line}" for line in lines[:100]) or "none"),
            "files": dg.MetadataValue.int(n_files),
            "files_not_read_to_their_end": dg.MetadataValue.int(n_cut),
        },
    )


PARTS: list[list[AudienceName]] = [["internal"], [one.name for one in PROTECTED]]
"""Audiences whose files are looked at side by side: for those of a part much is the same."""


def _begin(module: str, name: str, asked: "Callable[[AudienceName], object]") -> list[Called]:
    """Begin to call a function for all audiences, with a list of what is asked for some of them."""
    return [begin(module, name, [asked(audience) for audience in part]) for part in PARTS]


def _answers(called: list[Called]) -> dict[AudienceName, Any]:
    """What a function that was called for all audiences returned, by audience."""
    try:
        return dict(zip(chain(*PARTS), chain(*[one.result() for one in called]), strict=True))
    finally:
        for one in called:
            one.end()


@dg.multi_asset_check(
    name="compare_publications",
    can_subset=True,
    specs=[
        check_spec(
            name="publication_differences",
            asset=CANDIDATE,
            description="Is no cycle held: do new figures tell no secret beside those that an audience has?",
        )
    ],
)
def publication_differences(warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """Warn of cycles that are held for an audience, which keeps the figures that it has."""
    new = _looked_at(warehouse)
    held = {} if new is None else new.record.held
    lines = [sentence(cycle, audience, one) for audience, of_cycle in held.items() for cycle, one in of_cycle.items()]
    yield dg.AssetCheckResult(
        asset_key=CANDIDATE,
        check_name="publication_differences",
        passed=not lines,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(f"{line}." for line in lines) or "Nothing follows from the difference to what an audience has.",
        metadata={
            "held": dg.MetadataValue.md("\n".join(f"- {line}" for line in lines) or "none"),
            **{f"n_held_{audience}": dg.MetadataValue.int(len(of_cycle)) for audience, of_cycle in held.items()},
        },
    )


def _looked_at(warehouse: Warehouse) -> kept.Publication | None:
    """What a check of the publication looks at: what is prepared, or where it is run by itself, what is published."""
    prepared = kept.candidate(warehouse.home)
    return prepared if prepared.folder.exists() else kept.current(warehouse.home)


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
    name="write_reports",
    partitions_def=CYCLES,
    specs=[
        dg.AssetSpec(
            ["report", audience.name],
            deps=[CANDIDATE],
            description=f"warehouse/{audience.name}/report/: pages that show the marts for {audience.description}",
            group_name="publication",
            owners=OWNERS,
            kinds={"duckdb", "html"},
        )
        for audience in AUDIENCES.values()
    ],
)
def write_reports(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Write each audience's report from its file, beside what else is published."""
    home = warehouse.home
    warehouse.publishing(context)
    found: dict[AudienceName, Written] = _answers(warehouse.taken(REPORT) or _begin_reports(home))
    report(STAGE, 4, STEPS)
    for audience, written in found.items():
        yield dg.MaterializeResult(
            ["report", audience],
            metadata={
                "path": dg.MetadataValue.path(home.published_report(audience)),
                "page": dg.MetadataValue.url(address_of(REPORT, audience, "index.html")),
                "pages": dg.MetadataValue.int(written.n_pages),
                "pages_written_anew": dg.MetadataValue.int(written.n_new),
                "bytes": dg.MetadataValue.int(written.n_bytes),
            },
        )


def _begin_reports(home: "Home") -> list[Called]:
    """Begin to write the reports of what is prepared."""
    new, last = kept.candidate(home), kept.current(home)
    for audience in AUDIENCES:
        remove(new.report(audience))  # an earlier run may have begun it

    def asked(audience: AudienceName) -> object:
        return new.file(audience), new.report(audience), audience, None if last is None else last.report(audience)

    return _begin("orchestration.report.site", "write_reports", asked)


@dg.multi_asset(
    name="publish",
    partitions_def=CYCLES,
    specs=[
        dg.AssetSpec(
            ["publication", audience.name],
            deps=[CANDIDATE, ["report", audience.name]],
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
    home, cycle = warehouse.home, warehouse.publishing(context)
    published, marts = kept.publish(home, cycle.name), read_marts()
    if cycle.name not in published.record.restored:
        note_published(cycle)
    restored = published.record.restored.get(cycle.name)
    page.note_published(home.data_docs / cycle.name, published.name, None if restored is None else restored.publication)
    report(STAGE, STEPS, STEPS)
    for audience in AUDIENCES.values():
        shown = rows_and_withheld(published.file(audience.name), cycle.name, marts)
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
