with

outcome_sdgs as (
    select * from {{ ref('stg_outcome_sdgs') }}
),

sdgs as (
    select * from {{ ref('stg_sdgs') }}
)

select
    outcome_sdgs.cycle,
    outcome_sdgs.outcome,
    outcome_sdgs.sdg,
    sdgs.sdg_name,
    outcome_sdgs.basis,
    {{ data_origin("outcome_sdgs") }} as data_origin
from outcome_sdgs
inner join sdgs
    on outcome_sdgs.cycle = sdgs.cycle and outcome_sdgs.sdg = sdgs.sdg
