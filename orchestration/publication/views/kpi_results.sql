-- Each KPI in each group, with names, dimension, unit and year beside its figures and its judgement: ready for a chart.
select
    results.cycle,
    cycles.reporting_year,
    kpis.dimension,
    dimensions.dimension_name,
    kpis.outcome,
    outcomes.outcome_name,
    results.kpi,
    kpis.kpi_name,
    results.unit,
    kpis.symbol,
    kpis.direction,
    results.grouping,
    results.group_name,
    results.n_members,
    results.n_reported,
    results.response_rate,
    results.mean,
    results.median,
    results.q1,
    results.q3,
    results.stddev,
    results.minimum,
    results.maximum,
    results.skewness,
    judged.performance,
    judged.degree,
    results.suppression,
    results.data_origin
from aggregate.kpi_by_group as results
left join kpi.kpi_performance as judged
    on
        results.cycle = judged.cycle
        and results.kpi = judged.kpi
        and results.grouping = judged.grouping
        and results.group_name = judged.group_name
left join reference.kpis as kpis
    on results.cycle = kpis.cycle and results.kpi = kpis.kpi
left join reference.outcomes as outcomes
    on kpis.cycle = outcomes.cycle and kpis.outcome = outcomes.outcome
left join reference.dimensions as dimensions
    on kpis.cycle = dimensions.cycle and kpis.dimension = dimensions.dimension
left join reference.cycles as cycles
    on results.cycle = cycles.cycle
