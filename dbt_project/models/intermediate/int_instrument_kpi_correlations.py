"""Correlation of each instrument's awareness and use with each KPI that it bears on; the statistics are scipy's."""

from orchestration.statistics.correlation import correlation_table


def model(dbt, session):  # noqa: ARG001 (dbt gives both)
    """One row for each row of int_instrument_kpi_pairs, of the cycle that is refreshed or of all if none was built yet."""
    pairs = dbt.ref("int_instrument_kpi_pairs")
    if dbt.is_incremental:
        loads = dbt.source("raw", "loads")
        refreshing = [cycle for (cycle,) in loads.filter("is_refreshing").project("cycle").fetchall()]
        pairs = pairs.filter(f"cycle in ({', '.join(repr(cycle) for cycle in refreshing)})")
    return correlation_table(pairs.df())
