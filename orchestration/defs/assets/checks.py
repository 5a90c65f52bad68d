"""Great Expectations' suites as asset checks: critical ones block what is downstream, warnings are reported."""

from collections.abc import Iterator

import dagster as dg

from orchestration.completeness import (
    Phase,
    Suite,
    SuiteResult,
    parameters,
    read_suites,
    suite_tables,
    variables,
)
from orchestration.completeness.page import set_aside_of, write_run
from orchestration.completeness.suites import Severity
from orchestration.defs.partitioned import check_spec
from orchestration.defs.progress import report
from orchestration.defs.resources import Warehouse
from orchestration.defs.runs import given_reason
from orchestration.publication.make import joined_folder, published_of
from orchestration.serving.address import CHECKS, address_of
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
        specs=[
            check_spec(name=name, asset=s.asset.split("/"), description=s.question, blocking=severity == "critical")
            for s in suites
            for name, severity in s.checks.items()
        ],
    )
    def check(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
        report(stage, 0, len(suites))
        cycle = warehouse.cycle(context)
        file = joined_folder(warehouse.home) / NAME if phase == "across_cycles" else warehouse.build(context).latest
        given: dict[str, int | bool | None] = {}
        if phase == "marts":  # which are compared with the last publication
            is_accepted = given_reason(context.op_execution_context).accepts_loss
            given = variables(published_of(warehouse.home, cycle.name), is_loss_accepted=is_accepted)
        loaded_at = aside = None
        with connected(file, read_only=True) as connection:
            tables = suite_tables(connection, cycle, suites, given)
            if phase != "across_cycles":
                ((loaded_at,),) = connection.execute("select max(loaded_at) from raw.loads").fetchall()
            if phase == "raw":
                aside = set_aside_of(connection)
        # Great Expectations takes seconds to import: a refresh has it imported beside its other work
        results: list[SuiteResult] = call("orchestration.completeness.run", "run_suites", suites, tables, parameters(cycle))
        write_run(warehouse.home.data_docs / cycle.name, cycle, phase, results, loaded_at, aside)
        for number, result in enumerate(results, start=1):
            report(stage, number, len(suites))
            # all of them are run together, since they share a page; one that is run by itself says its own result
            for name, severity in result.suite.checks.items():
                key = dg.AssetCheckKey(dg.AssetKey(result.suite.asset.split("/")), name)
                if key in context.selected_asset_check_keys:
                    yield _as_check(result, name, severity, cycle.name)

    return check


def _as_check(result: SuiteResult, name: str, severity: Severity, cycle: str) -> dg.AssetCheckResult:
    suite: Suite = result.suite
    outcomes = result.of(severity)
    unmet = [f"{o.description}: {o.detail}" for o in outcomes if not o.is_met]
    to_do = suite.to_do.format(cycle=cycle) if severity == "critical" else ""
    return dg.AssetCheckResult(
        asset_key=suite.asset.split("/"),
        check_name=name,
        passed=not unmet,
        severity=dg.AssetCheckSeverity.ERROR if severity == "critical" else dg.AssetCheckSeverity.WARN,
        description=(f"{'; '.join(unmet)}. {to_do}".strip()) if unmet else suite.question,
        metadata={
            "expectations": dg.MetadataValue.int(len(outcomes)),
            "unmet": dg.MetadataValue.md("\n".join(f"- {line}" for line in unmet) or "none"),
            "page": dg.MetadataValue.url(address_of(CHECKS, cycle, f"index.html#{suite.name}")),
        },
    )
