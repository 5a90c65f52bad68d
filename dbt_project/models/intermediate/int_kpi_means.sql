-- Of each KPI by group the mean distance of the values from the least of them. A table, as the ranges are.
with

group_answers as (
    select * from {{ ref('int_group_answers') }}
),

kpi_ranges as (
    select * from {{ ref('int_kpi_ranges') }}
)

select
    any_value(kpi_ranges.cycle) as cycle,
    kpi_ranges.kpi,
    kpi_ranges.group_number,
    any_value(kpi_ranges.minimum) as minimum,
    any_value(kpi_ranges.range_unit) as range_unit,
    {{ exact_mean("(group_answers.value - kpi_ranges.minimum) / kpi_ranges.range_unit") }} as mean_distance
from group_answers
inner join kpi_ranges
    on group_answers.kpi = kpi_ranges.kpi and group_answers.group_number = kpi_ranges.group_number
where group_answers.value is not null
group by kpi_ranges.kpi, kpi_ranges.group_number
