"""Runs suites with Great Expectations. Its import takes seconds, so it stands in this module alone."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from orchestration.completeness.page import figure
from orchestration.completeness.suites import Outcome, Severity, Suite, SuiteResult
from orchestration.warm.without import put_off, without

# a third of the time: scipy is for expectations of distributions, SQLAlchemy for tables in databases, and ours are neither
put_off("scipy.stats")
with without("sqlalchemy"):
    import great_expectations as gx
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context.types.base import DataContextConfig

if TYPE_CHECKING:
    import pandas as pd

MOST, LISTED = 5, 500
"""Rows that a sentence names, and that the page lists."""
logging.getLogger("great_expectations").setLevel(logging.ERROR)


def run_suites(suites: list[Suite], tables: dict[str, pd.DataFrame], parameters: dict[str, float]) -> list[SuiteResult]:
    """Validate the suites' tables.

    Args:
        suites: to run, all of one phase.
        tables: by suite, from `suite_tables`.
        parameters: from `parameters`.

    Returns:
        one result for each suite, in the order given.
    """
    context = gx.get_context(mode="ephemeral", project_config=_config())
    source = context.data_sources.add_pandas("cycle")
    results = []
    for suite in suites:
        table = tables[suite.name]
        batch: BatchDefinition[Any] = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("all")
        expectations = context.suites.add(
            gx.ExpectationSuite(
                name=suite.name,
                expectations=[dict(e) for e in suite.expectations],
                meta={"question": suite.question},
                notes=suite.question,
            )
        )
        validation = context.validation_definitions.add(gx.ValidationDefinition(name=suite.name, data=batch, suite=expectations))
        found = validation.run(
            batch_parameters={"dataframe": table},
            expectation_parameters={k: v for k, v in parameters.items() if _names(suite, k)},
            # the first column of a suite's table names the row
            result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [table.columns[0]]},
        )
        results.append(SuiteResult(suite, tuple(_outcome(r, table.columns[0]) for r in found.results)))
    return results


def _names(suite: Suite, parameter: str) -> bool:
    return any({"$PARAMETER": parameter} in e["kwargs"].values() for e in suite.expectations)


def _outcome(result: Any, key: str) -> Outcome:
    config = result.expectation_config
    detail, n_rows = "", 0
    rows: tuple[dict[str, Any], ...] = ()
    if not result.success:
        found = result.result
        if result.exception_info and result.exception_info.get("raised_exception"):
            detail = str(result.exception_info.get("exception_message"))
        elif "unexpected_count" in found:
            n_rows, listed = int(found["unexpected_count"]), found.get("unexpected_index_list") or []
            more = f" and {len(listed) - MOST} more" if len(listed) > MOST else ""
            named = "; ".join(_row(row, key) for row in listed[:MOST])
            detail = f"not so for {n_rows} of {found['element_count']}: {named}{more}"
            rows = tuple({name: _plain(value) for name, value in {key: row[key], **row}.items()} for row in listed[:LISTED])
        else:
            detail = f"found {found.get('observed_value')}"
    severity: Severity = "critical" if getattr(config.severity, "value", config.severity) == "critical" else "warning"
    return Outcome(str(config.description), severity, bool(result.success), detail, n_rows, rows)


def _row(row: dict[str, Any], key: str) -> str:
    """A row's name, and the figures that were not as expected; that something is not so says no more than the sentence."""
    figures = [f"{name} {figure(value)}" for name, value in row.items() if name != key and not name.startswith("is_")]
    return str(row[key]) + (f" ({', '.join(figures)})" if figures else "")


def _plain(value: Any) -> Any:
    """A value of a frame as JSON has it."""
    return value.item() if hasattr(value, "item") else value


def _config() -> DataContextConfig:
    """A context that writes nothing: its pages ask the web for styles, and ours are made from the results."""
    memory = {"class_name": "InMemoryStoreBackend"}
    return DataContextConfig(
        config_version=4.0,
        analytics_enabled=False,
        progress_bars={"globally": False},  # type: ignore[arg-type]
        expectations_store_name="expectations_store",
        validation_results_store_name="validation_results_store",
        checkpoint_store_name="checkpoint_store",
        stores={
            "expectations_store": {"class_name": "ExpectationsStore", "store_backend": memory},
            "validation_definition_store": {"class_name": "ValidationDefinitionStore", "store_backend": memory},
            "checkpoint_store": {"class_name": "CheckpointStore", "store_backend": memory},
            "validation_results_store": {"class_name": "ValidationResultsStore", "store_backend": memory},
        },
        data_docs_sites={},
    )
