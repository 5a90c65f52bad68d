"""Great Expectations' suites as asset checks: critical ones block what is downstream, warnings are reported."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from orchestration.completeness import Phase, Suite, SuiteResult, parameters, read_suites, suite_tables
from orchestration.completeness.page import suite_page, write_overview
from orchestration.defs.progress import report
from orchestration.defs.resources import Warehouse
from orchestration.publication.make import joined_folder
from orchestration.warehouse.build import NAME
from orchestration.warehouse.held import connected
from orchestration.warm.workers import call

STAGES: dict[Phase, str] = {
    "raw": "Checking what was loaded",
    "marts": "Checking the marts",
    "across_cycles": "Checking the trends",
}


def completeness_checks(phase: Phase) -> dg.AssetChecksDefinition:
    """The checks of one phase, made from its suites in `expectations/`."""
    suites, stage = read_suites(phase), STAGES[phase]

    @dg.multi_asset_check(
        name=f"check_{phase}",
        can_subset=True,
        specs=[dg.AssetCheckSpec(s.name, asset=s.asset.split("/"), description=s.question, blocking=True) for s in suites],
    )
    def check(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
        report(stage, 0, len(suites))
        cycle = warehouse.cycle(context)
        docs = warehouse.home.data_docs / cycle.name / phase
        file = joined_folder(warehouse.home) / NAME if phase == "across_cycles" else warehouse.build(context).latest
        with connected(file, read_only=True) as connection:
            tables = suite_tables(connection, cycle.name, suites)
        # Great Expectations takes seconds to import: a refresh has it imported beside its other work
        results: list[SuiteResult] = call("orchestration.completeness.run", "run_suites", suites, tables, parameters(cycle), docs)
        write_overview(docs.parent, cycle, phase, results)
        for number, result in enumerate(results, start=1):
            report(stage, number, len(suites))
            # all of them are run together, since they share a page; one that is run by itself says its own result
            key = dg.AssetCheckKey(dg.AssetKey(result.suite.asset.split("/")), result.suite.name)
            if key in context.selected_asset_check_keys:
                yield _as_check(result, docs)

    return check


def _as_check(result: SuiteResult, docs: Path) -> dg.AssetCheckResult:
    suite: Suite = result.suite
    page = suite_page(docs, suite.name)
    unmet = [f"{o.severity}: {o.description}: {o.detail}" for o in result.unmet]
    return dg.AssetCheckResult(
        asset_key=suite.asset.split("/"),
        check_name=suite.name,
        passed=not result.unmet,
        severity=dg.AssetCheckSeverity.ERROR if result.blocks else dg.AssetCheckSeverity.WARN,
        description="; ".join(unmet) or suite.question,
        metadata={
            "expectations": dg.MetadataValue.int(len(result.outcomes)),
            "unmet": dg.MetadataValue.md("\n".join(f"- {line}" for line in unmet) or "none"),
            "data_docs": dg.MetadataValue.url(page.resolve().as_uri()),
        },
    )
