"""Publication: from the private build file to the files that each audience opens.

assemble.py    one file with the marts of all cycles: the refreshed cycle's from the build file, others as last published
"""

MART_SCHEMAS = (
    "reference",
    "lineage",
    "completeness",
    "kpi",
    "aggregate",
    "instrument",
    "correlation",
    "sdg",
    "capacity",
)
"""The schemas that analysts see (DESIGN.md section 5)."""

__all__ = ["MART_SCHEMAS"]
