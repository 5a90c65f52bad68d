"""The PMM warehouse: from raw Member submissions to marts that analysts query.

inputs/         what people keep as files: frameworks, cycles, Members
sample/         invented Members' submissions, from a seed
intake/         what Members sent becomes typed answers, or is set aside
warehouse/      the DuckDB files: raw tables, builds, locks
completeness/   whether a cycle is complete enough: the suites of `expectations/`
statistics/     correlations
spark/          the dbt models on Spark, beside DuckDB
disclosure/     which figures can be shown beside secrets
publication/    from the cycles' builds to the files that each audience opens
report/         the pages that each audience looks at, from its file
serving/        the pages on this machine, over HTTP
warm/           what takes seconds to import, in processes that have imported it
defs/           the Dagster graph: assets and checks, schedule and sensor
definitions.py  that graph for one home, as Dagster loads it
cli/            the `pmm` command

Dependencies point one way, from the last to the first: only `defs` and `cli/runner.py` know Dagster.
"""
