"""Runs suites with Great Expectations and builds Data Docs. Its import takes seconds, so it stands in this module alone."""

from __future__ import annotations

import html
import logging
import shutil
from typing import TYPE_CHECKING, Any

import great_expectations as gx
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context.types.base import DataContextConfig

from orchestration.completeness.suites import Outcome, Severity, Suite, SuiteResult

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

MOST = 5
"""Rows that a sentence names; the page has all."""
logging.getLogger("great_expectations").setLevel(logging.ERROR)


def run_suites(
    suites: list[Suite], tables: dict[str, pd.DataFrame], parameters: dict[str, float], docs: Path
) -> list[SuiteResult]:
    """Validate the suites' tables and build their pages.

    Args:
        suites: to run, all of one phase.
        tables: by suite, from `suite_tables`.
        parameters: from `parameters`.
        docs: folder of the cycle's pages for this phase; what it held before is replaced.

    Returns:
        one result for each suite, in the order given.
    """
    shutil.rmtree(docs, ignore_errors=True)
    docs.mkdir(parents=True)
    context = gx.get_context(mode="ephemeral", project_config=_config(docs))
    source = context.data_sources.add_pandas("cycle")
    results = []
    for suite in suites:
        table = _escaped(tables[suite.name])
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
    context.build_data_docs()
    return results


def _escaped(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its texts as HTML has them: Great Expectations' pages print them as they are."""
    texts = table.select_dtypes(["object", "string"]).columns
    return table.assign(**{name: table[name].map(html.escape, na_action="ignore") for name in texts})


def _names(suite: Suite, parameter: str) -> bool:
    return any({"$PARAMETER": parameter} in e["kwargs"].values() for e in suite.expectations)


def _outcome(result: Any, key: str) -> Outcome:
    config = result.expectation_config
    detail = ""
    if not result.success:
        found = result.result
        if result.exception_info and result.exception_info.get("raised_exception"):
            detail = str(result.exception_info.get("exception_message"))
        elif "unexpected_count" in found:
            rows = found.get("unexpected_index_list") or []
            more = f" and {len(rows) - MOST} more" if len(rows) > MOST else ""
            named = "; ".join(_row(row, key) for row in rows[:MOST])
            detail = f"not so for {found['unexpected_count']} of {found['element_count']}: {named}{more}"
        else:
            detail = f"found {found.get('observed_value')}"
    severity: Severity = "critical" if getattr(config.severity, "value", config.severity) == "critical" else "warning"
    return Outcome(str(config.description), severity, bool(result.success), detail)


def _row(row: dict[str, Any], key: str) -> str:
    """A row's name, and the figures that were not as expected; that something is not so says no more than the sentence."""
    figures = [f"{name} {_figure(value)}" for name, value in row.items() if name != key and not name.startswith("is_")]
    return html.unescape(str(row[key])) + (f" ({', '.join(figures)})" if figures else "")


def _figure(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) and not value.is_integer() else str(value).removesuffix(".0")


def _config(docs: Path) -> DataContextConfig:
    def files(folder: str) -> dict[str, Any]:
        return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs / folder)}

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
            "validation_results_store": {"class_name": "ValidationResultsStore", "store_backend": files("results")},
        },
        data_docs_sites={
            "pages": {
                "class_name": "SiteBuilder",
                "show_how_to_buttons": False,
                "store_backend": files("."),
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            }
        },
    )
