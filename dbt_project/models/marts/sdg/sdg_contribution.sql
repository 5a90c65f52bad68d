with

sdg_contribution as (
    select * from {{ ref('int_sdg_contribution') }}
)

select
    sdg_contribution.cycle,
    sdg_contribution.sdg,
    sdg_contribution.sdg_name,
    sdg_contribution.n_outcomes,
    sdg_contribution.n_kpis,
    sdg_contribution.n_well_performing,
    sdg_contribution.n_contributing,
    sdg_contribution.mean_response_rate,
    sdg_contribution.contributes,
    sdg_contribution.rank,
    sdg_contribution.contributing_kpis,
    sdg_contribution.reason,
    {{ data_origin("sdg_contribution") }} as data_origin
from sdg_contribution
where sdg_contribution.audience = 'internal'
