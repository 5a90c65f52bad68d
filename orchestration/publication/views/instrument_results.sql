-- Awareness and use of each instrument in each group, with names, dimension and year: ready for a chart.
select
    results.cycle,
    cycles.reporting_year,
    results.dimension,
    dimensions.dimension_name,
    results.instrument,
    instruments.instrument_name,
    results.grouping,
    results.group_name,
    results.n_members,
    results.n_answered,
    results.awareness_rate,
    results.in_use_rate,
    results.plans_to_use_rate,
    results.no_plans_rate,
    results.usage_level,
    results.suppression,
    results.data_origin
from instrument.instrument_use as results
left join reference.instruments as instruments
    on results.cycle = instruments.cycle and results.instrument = instruments.instrument
left join reference.dimensions as dimensions
    on results.cycle = dimensions.cycle and results.dimension = dimensions.dimension
left join reference.cycles as cycles
    on results.cycle = cycles.cycle
