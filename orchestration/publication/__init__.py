"""Publication: from the private build file to the files that each audience opens.

assemble.py        one file with the marts of all cycles: the refreshed cycle's from the build file, others as last published
decisions.py       what of it an audience is shown
audience_file.py   an audience's file, made from the one with everything; audience_tables/ holds its SQL
audit.py           whether anything withheld follows from an audience's file
package.py         the same marts as Parquet and CSV, with a Frictionless data package
publications.py    all files of a publication change together, by one rename; earlier ones are kept
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
