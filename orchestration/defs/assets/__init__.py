"""The Dagster assets and checks: thin, they wire the pure packages into one graph, partitioned by cycle.

raw.py          the cycle's files -> raw tables of its build
checks.py       Great Expectations' suites as asset checks
marts.py        the dbt models
publication.py  from the builds to the files that each audience opens
"""
