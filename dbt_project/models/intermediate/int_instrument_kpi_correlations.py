"""Correlation of each instrument's awareness and use with each KPI that it bears on; the statistics are scipy's."""

from orchestration.statistics.correlation import correlation_table


def model(dbt, session):  # noqa: ARG001 (dbt gives both)
    """One row for each row of int_instrument_kpi_pairs."""
    return correlation_table(dbt.ref("int_instrument_kpi_pairs").df())
