with

instrument_outcomes as (
    select * from {{ ref('stg_instrument_outcomes') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    instrument_outcomes.cycle,
    instrument_outcomes.instrument,
    instrument_outcomes.outcome,
    instrument_outcomes.basis,
    cycles.data_origin
from instrument_outcomes
inner join cycles
    on instrument_outcomes.cycle = cycles.cycle
where {{ in_refreshed_cycle("instrument_outcomes.cycle") }}
