with

sufficient_member_kpis as (
    select * from {{ ref('int_sufficient_member_kpis') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    sufficient_member_kpis.cycle,
    sufficient_member_kpis.member,
    sufficient_member_kpis.kpi,
    sufficient_member_kpis.status,
    sufficient_member_kpis.value,
    sufficient_member_kpis.unit,
    sufficient_member_kpis.disclosure,
    cycles.data_origin
from sufficient_member_kpis
inner join cycles
    on sufficient_member_kpis.cycle = cycles.cycle
where {{ in_refreshed_cycle("sufficient_member_kpis.cycle") }}
