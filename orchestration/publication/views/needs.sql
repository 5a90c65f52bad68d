-- The needs for capacity building of each group, with names, dimension and year: ready for a chart.
select
    needs.cycle,
    cycles.reporting_year,
    needs.dimension,
    dimensions.dimension_name,
    needs.outcome,
    outcomes.outcome_name,
    needs.grouping,
    needs.group_name,
    needs.need,
    needs.kpis,
    needs.instruments,
    needs.evidence,
    needs.data_origin
from capacity.capacity_needs as needs
left join reference.outcomes as outcomes
    on needs.cycle = outcomes.cycle and needs.outcome = outcomes.outcome
left join reference.dimensions as dimensions
    on needs.cycle = dimensions.cycle and needs.dimension = dimensions.dimension
left join reference.cycles as cycles
    on needs.cycle = cycles.cycle
