-- The answers that enter results: those of sufficient Members, with every KPI.
with

member_kpis as (
    select * from {{ ref('int_member_kpis') }}
),

sufficient as (
    select
        cycle,
        member
    from {{ ref('int_member_completeness') }}
    where is_sufficient
)

select
    member_kpis.cycle,
    member_kpis.member,
    member_kpis.kpi,
    member_kpis.status,
    member_kpis.value,
    member_kpis.unit,
    member_kpis.disclosure
from member_kpis
inner join sufficient
    on member_kpis.cycle = sufficient.cycle and member_kpis.member = sufficient.member
