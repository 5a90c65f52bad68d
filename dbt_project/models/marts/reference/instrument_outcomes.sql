with

instrument_outcomes as (
    select * from {{ ref('stg_instrument_outcomes') }}
)

select
    instrument_outcomes.cycle,
    instrument_outcomes.instrument,
    instrument_outcomes.outcome,
    instrument_outcomes.basis,
    {{ data_origin("instrument_outcomes") }} as data_origin
from instrument_outcomes
