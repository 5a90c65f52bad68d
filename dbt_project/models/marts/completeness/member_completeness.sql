with

member_completeness as (
    select * from {{ ref('int_member_completeness') }}
)

select
    member_completeness.cycle,
    member_completeness.member,
    member_completeness.is_submitted,
    member_completeness.n_kpis,
    member_completeness.n_applicable,
    member_completeness.n_reported,
    member_completeness.completeness_rate,
    member_completeness.n_instruments_answered,
    member_completeness.is_sufficient,
    {{ data_origin("member_completeness") }} as data_origin
from member_completeness
