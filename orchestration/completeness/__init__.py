"""Completeness of a cycle: the suites of `expectations/`, the tables they look at, and the run of Great Expectations."""

from orchestration.completeness.suites import Outcome, Phase, Suite, SuiteResult, parameters, read_suites, suite_tables

__all__ = ["Outcome", "Phase", "Suite", "SuiteResult", "parameters", "read_suites", "suite_tables"]
