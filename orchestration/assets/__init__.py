"""The Dagster assets and checks: thin, they wire the pure packages into one graph, partitioned by cycle.

framework.py    the cycle, its roster and its framework -> raw tables
submissions.py  the files that Members sent -> raw tables
checks.py       Great Expectations' suites as asset checks
marts.py        the dbt models
publication.py  the file that analysts open
"""
