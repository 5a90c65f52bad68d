"""The dbt models on Spark, beside DuckDB: for what outgrows one machine (docs/scale.md). Nothing of a refresh needs it.

It runs in an environment of its own (`make spark`), which has Spark and not Dagster.

__main__.py   the command
session.py    a Spark session: on a server of its own in this process, or on the one that is named
marts.py      raw tables -> Spark -> dbt -> correlations -> marts
compare.py    whether two tables say the same, row by row
"""
