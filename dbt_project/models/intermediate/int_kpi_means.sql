-- Of each KPI by group the mean distance of the values from the least of them. A table, as the ranges are.
with

sufficient_member_kpis as (
    select * from {{ ref('int_sufficient_member_kpis') }}
),

member_groups as (
    select * from {{ ref('int_member_groups') }}
),

kpi_ranges as (
    select * from {{ ref('int_kpi_ranges') }}
)

select
    kpi_ranges.cycle,
    kpi_ranges.kpi,
    kpi_ranges.group_number,
    kpi_ranges.minimum,
    kpi_ranges.range_unit,
    {{ exact_mean("(sufficient_member_kpis.value - kpi_ranges.minimum) / kpi_ranges.range_unit") }} as mean_distance
from sufficient_member_kpis
inner join member_groups
    on
        sufficient_member_kpis.cycle = member_groups.cycle
        and sufficient_member_kpis.member = member_groups.member
inner join kpi_ranges
    on
        sufficient_member_kpis.kpi = kpi_ranges.kpi
        and member_groups.group_number = kpi_ranges.group_number
where sufficient_member_kpis.value is not null
group by kpi_ranges.cycle, kpi_ranges.kpi, kpi_ranges.group_number, kpi_ranges.minimum, kpi_ranges.range_unit
