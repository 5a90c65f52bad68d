-- Each Member's value of each KPI that this file shows, with names, unit, year and its place among those that the file shows.
select
    answers.cycle,
    cycles.reporting_year,
    kpis.dimension,
    dimensions.dimension_name,
    kpis.outcome,
    outcomes.outcome_name,
    answers.kpi,
    kpis.kpi_name,
    answers.unit,
    kpis.symbol,
    kpis.direction,
    answers.member,
    members.member_name,
    answers.value,
    count(*) over (partition by answers.cycle, answers.kpi) as n_ranked,
    case
        when kpis.direction != 'none'
            then rank() over (
                partition by answers.cycle, answers.kpi
                order by case kpis.direction when 'higher' then -answers.value else answers.value end
            )
    end as rank,
    (
        rank() over (partition by answers.cycle, answers.kpi order by answers.value) - 1
        + count(*) over (partition by answers.cycle, answers.kpi, answers.value) / 2
    ) / count(*) over (partition by answers.cycle, answers.kpi) as percentile,
    answers.disclosure,
    answers.data_origin
from kpi.member_kpi_values as answers
left join reference.members as members
    on answers.cycle = members.cycle and answers.member = members.member
left join reference.kpis as kpis
    on answers.cycle = kpis.cycle and answers.kpi = kpis.kpi
left join reference.outcomes as outcomes
    on kpis.cycle = outcomes.cycle and kpis.outcome = outcomes.outcome
left join reference.dimensions as dimensions
    on kpis.cycle = dimensions.cycle and kpis.dimension = dimensions.dimension
left join reference.cycles as cycles
    on answers.cycle = cycles.cycle
where answers.value is not null
