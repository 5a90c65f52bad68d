with

kpis as (
    select * from {{ ref('stg_kpis') }}
),

sufficient_member_kpis as (
    select * from {{ ref('int_sufficient_member_kpis') }}
),

counted as (
    select
        kpis.cycle,
        kpis.kpi,
        count(sufficient_member_kpis.member) as n_members,
        count(*) filter (where sufficient_member_kpis.status = 'reported') as n_reported,
        count(*) filter (where sufficient_member_kpis.status = 'not_applicable') as n_not_applicable,
        count(*) filter (where sufficient_member_kpis.status = 'not_available') as n_not_available
    from kpis
    left join sufficient_member_kpis
        on kpis.cycle = sufficient_member_kpis.cycle and kpis.kpi = sufficient_member_kpis.kpi
    group by kpis.cycle, kpis.kpi
)

select
    counted.*,
    {{ share("counted.n_reported", "(counted.n_members - counted.n_not_applicable)") }} as response_rate,
    {{ data_origin("counted") }} as data_origin
from counted
