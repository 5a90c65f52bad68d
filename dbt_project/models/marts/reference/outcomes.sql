with

outcomes as (
    select * from {{ ref('stg_outcomes') }}
)

select
    outcomes.cycle,
    outcomes.outcome,
    outcomes.position,
    outcomes.dimension,
    outcomes.outcome_name,
    outcomes.basis,
    {{ data_origin("outcomes") }} as data_origin
from outcomes
