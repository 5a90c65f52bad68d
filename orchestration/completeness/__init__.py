"""Completeness of a cycle: the suites of `expectations/`, the tables they look at, and the run of Great Expectations."""

from orchestration.completeness.loss import Shown, shown_of, variables
from orchestration.completeness.suites import Outcome, Phase, Suite, SuiteResult, parameters, read_suites, suite_tables

__all__ = [
    "Outcome",
    "Phase",
    "Shown",
    "Suite",
    "SuiteResult",
    "parameters",
    "read_suites",
    "shown_of",
    "suite_tables",
    "variables",
]
