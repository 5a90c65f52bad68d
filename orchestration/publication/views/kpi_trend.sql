-- Each KPI's change in each group from an earlier cycle, with names, dimension, unit and both years: ready for a chart.
select
    trends.cycle,
    cycles.reporting_year,
    trends.previous_cycle,
    previous.reporting_year as previous_reporting_year,
    kpis.dimension,
    dimensions.dimension_name,
    kpis.outcome,
    outcomes.outcome_name,
    trends.kpi,
    kpis.kpi_name,
    trends.unit,
    kpis.symbol,
    kpis.direction,
    trends.grouping,
    trends.group_name,
    trends.is_comparable,
    trends.n_reported,
    trends.previous_n_reported,
    trends.mean,
    trends.previous_mean,
    trends.change,
    trends.n_panel,
    trends.panel_mean,
    trends.previous_panel_mean,
    trends.panel_change,
    trends.suppression,
    trends.data_origin
from aggregate.kpi_trends as trends
left join reference.kpis as kpis
    on trends.cycle = kpis.cycle and trends.kpi = kpis.kpi
left join reference.outcomes as outcomes
    on kpis.cycle = outcomes.cycle and kpis.outcome = outcomes.outcome
left join reference.dimensions as dimensions
    on kpis.cycle = dimensions.cycle and kpis.dimension = dimensions.dimension
left join reference.cycles as cycles
    on trends.cycle = cycles.cycle
left join reference.cycles as previous
    on trends.previous_cycle = previous.cycle
