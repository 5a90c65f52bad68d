-- Every KPI with every group that has a Member on the roster: the rows that each result by group must have.
with

kpis as (
    select * from {{ ref('stg_kpis') }}
),

member_groups as (
    select distinct
        cycle,
        grouping,
        group_name
    from {{ ref('int_member_groups') }}
)

select
    kpis.cycle,
    kpis.kpi,
    kpis.unit,
    member_groups.grouping,
    member_groups.group_name
from kpis
inner join member_groups
    on kpis.cycle = member_groups.cycle
