"""A framework: dimensions, outcomes, KPIs, instruments, SDGs and policy, read from data files and verified.

model.py  its records
read.py   from a folder, which is refused where it contradicts itself
"""

from orchestration.inputs.framework.model import (
    VARIABLES,
    Disclosure,
    Framework,
    Instrument,
    Kpi,
    Outcome,
)
from orchestration.inputs.framework.read import read_framework

__all__ = ["VARIABLES", "Disclosure", "Framework", "Instrument", "Kpi", "Outcome", "read_framework"]
