with

outcome_sdgs as (
    select * from {{ ref('stg_outcome_sdgs') }}
),

sdgs as (
    select * from {{ ref('stg_sdgs') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    outcome_sdgs.cycle,
    outcome_sdgs.outcome,
    outcome_sdgs.sdg,
    sdgs.sdg_name,
    outcome_sdgs.basis,
    cycles.data_origin
from outcome_sdgs
inner join sdgs
    on outcome_sdgs.cycle = sdgs.cycle and outcome_sdgs.sdg = sdgs.sdg
inner join cycles
    on outcome_sdgs.cycle = cycles.cycle
where {{ in_refreshed_cycle("outcome_sdgs.cycle") }}
