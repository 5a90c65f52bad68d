with

outcomes as (
    select * from {{ ref('stg_outcomes') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    outcomes.cycle,
    outcomes.outcome,
    outcomes.position,
    outcomes.dimension,
    outcomes.outcome_name,
    outcomes.basis,
    cycles.data_origin
from outcomes
inner join cycles
    on outcomes.cycle = cycles.cycle
where {{ in_refreshed_cycle("outcomes.cycle") }}
