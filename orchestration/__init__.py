"""The PMM warehouse: from raw Member submissions to marts that analysts query.

Pure packages (`framework`, `intake`, `sample`) know nothing of Dagster, dbt or Great Expectations; `assets` wires them
into the Dagster graph, and `cli` is the `pmm` command.
"""
