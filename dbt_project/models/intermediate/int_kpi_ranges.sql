-- Of each KPI by group, over sufficient Members: numbers of answers, quartiles and the range of values.
-- A table of its own, so that it is known to be small where answers, of which there may be millions, are joined to it.
select
    any_value(cycle) as cycle,
    kpi,
    group_number,
    count(*) as n_members,
    count(*) filter (where status = 'reported') as n_reported,
    count(*) filter (where status = 'not_applicable') as n_not_applicable,
    count(*) filter (where status = 'not_available') as n_not_available,
    {{ quartiles("value") }} as quartiles,
    min(value) as minimum,
    max(value) as maximum,
    {{ range_unit("min(value)", "max(value)") }} as range_unit
from {{ ref('int_group_answers') }}
group by kpi, group_number
