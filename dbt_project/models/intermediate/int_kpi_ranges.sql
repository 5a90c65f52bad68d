-- Of each KPI by group, over sufficient Members: numbers of answers, quartiles and the range of values.
-- A table of its own, so that it is known to be small where answers, of which there may be millions, are joined to it.
with

sufficient_member_kpis as (
    select * from {{ ref('int_sufficient_member_kpis') }}
),

member_groups as (
    select * from {{ ref('int_member_groups') }}
),

answers as (
    select
        sufficient_member_kpis.cycle,
        sufficient_member_kpis.kpi,
        sufficient_member_kpis.status,
        sufficient_member_kpis.value,
        member_groups.group_number
    from sufficient_member_kpis
    inner join member_groups
        on
            sufficient_member_kpis.cycle = member_groups.cycle
            and sufficient_member_kpis.member = member_groups.member
)

select
    any_value(cycle) as cycle,
    kpi,
    group_number,
    count(*) as n_members,
    count(*) filter (where status = 'reported') as n_reported,
    count(*) filter (where status = 'not_applicable') as n_not_applicable,
    count(*) filter (where status = 'not_available') as n_not_available,
    quantile_cont(value, [0.25, 0.5, 0.75]) as quartiles,
    min(value) as minimum,
    max(value) as maximum,
    {{ range_unit("min(value)", "max(value)") }} as range_unit
from answers
group by kpi, group_number
