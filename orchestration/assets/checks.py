"""Great Expectations' suites as asset checks: critical ones block what is downstream, warnings are reported."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb

from orchestration.assets.common import Warehouse
from orchestration.completeness import Phase, Suite, SuiteResult, parameters, read_suites, suite_tables
from orchestration.completeness.page import suite_page, write_overview
from orchestration.progress import report
from orchestration.warm.client import call


def _checks_of(phase: Phase) -> dg.AssetChecksDefinition:
    suites = read_suites(phase)
    stage = "Checking what was loaded" if phase == "raw" else "Checking the marts"

    @dg.multi_asset_check(
        name=f"check_{phase}",
        can_subset=True,
        specs=[dg.AssetCheckSpec(s.name, asset=s.asset.split("/"), description=s.question, blocking=True) for s in suites],
    )
    def check(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
        report(stage, 0, len(suites))
        cycle = warehouse.cycle(context)
        docs = warehouse.home.data_docs / cycle.cycle / phase
        with duckdb.connect(str(warehouse.home.build_file), read_only=True) as connection:
            tables = suite_tables(connection, cycle.cycle, suites)
        # Great Expectations takes seconds to import: a refresh has it imported beside its other work
        results: list[SuiteResult] = call(  # type: ignore[assignment]
            "orchestration.completeness.run", "run_suites", suites, tables, parameters(cycle), docs
        )
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


check_raw = _checks_of("raw")
check_marts = _checks_of("marts")
