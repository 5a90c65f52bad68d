-- Every KPI with every group: the rows that each result on KPIs by group must have.
with

kpis as (
    select * from {{ ref('stg_kpis') }}
),

groups as (
    select * from {{ ref('int_groups') }}
)

select
    kpis.cycle,
    kpis.kpi,
    kpis.unit,
    groups.grouping,
    groups.group_name,
    groups.group_number
from kpis
inner join groups
    on kpis.cycle = groups.cycle
