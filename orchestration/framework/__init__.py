"""A framework: dimensions, outcomes, KPIs, instruments, SDGs and policy, read from data files and verified."""

from orchestration.framework.model import (
    VARIABLES,
    Disclosure,
    Framework,
    Instrument,
    Kpi,
    Outcome,
)
from orchestration.framework.read import read_framework

__all__ = ["VARIABLES", "Disclosure", "Framework", "Instrument", "Kpi", "Outcome", "read_framework"]
