select
    cycle,
    instrument,
    outcome,
    basis
from {{ source('raw', 'instrument_outcomes') }}
