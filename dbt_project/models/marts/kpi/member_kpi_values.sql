with

sufficient_member_kpis as (
    select * from {{ ref('int_sufficient_member_kpis') }}
)

select
    sufficient_member_kpis.cycle,
    sufficient_member_kpis.member,
    sufficient_member_kpis.kpi,
    sufficient_member_kpis.status,
    sufficient_member_kpis.value,
    sufficient_member_kpis.unit,
    sufficient_member_kpis.disclosure,
    {{ data_origin("sufficient_member_kpis") }} as data_origin
from sufficient_member_kpis
