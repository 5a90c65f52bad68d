select
    cycle,
    outcome,
    position,
    dimension,
    name as outcome_name,
    basis
from {{ source('raw', 'outcomes') }}
