"""Completeness of a cycle: the suites of `expectations/`, the tables they look at, and the run of Great Expectations."""

from orchestration.completeness.suites import Phase, Suite, parameters, read_suites, suite_tables

__all__ = ["Phase", "Suite", "parameters", "read_suites", "suite_tables"]
