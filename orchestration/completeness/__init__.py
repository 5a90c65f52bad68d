"""Completeness of a cycle: the suites of `expectations/`, the tables they look at, and the run of Great Expectations.

suites.py  the suites as people write them, and the tables that SQL computes for them
loss.py    what a refresh shows less of than the last publication
run.py     Great Expectations, which validates the tables
page.py    the pages of results, whose forms are in templates/
"""

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
