-- The answers that enter results, once for each group of their Member. A view: there are five times as many of them.
with

sufficient_member_kpis as (
    select * from {{ ref('int_sufficient_member_kpis') }}
),

member_groups as (
    select * from {{ ref('int_member_groups') }}
)

select
    sufficient_member_kpis.cycle,
    sufficient_member_kpis.kpi,
    member_groups.group_number,
    sufficient_member_kpis.status,
    sufficient_member_kpis.value
from sufficient_member_kpis
inner join member_groups
    on
        sufficient_member_kpis.cycle = member_groups.cycle
        and sufficient_member_kpis.member = member_groups.member
