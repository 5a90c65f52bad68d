select
    cycle,
    outcome,
    sdg,
    basis
from {{ source('raw', 'outcome_sdgs') }}
