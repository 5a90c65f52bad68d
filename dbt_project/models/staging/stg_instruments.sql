select
    cycle,
    instrument,
    position,
    name as instrument_name,
    dimension,
    basis
from {{ source('raw', 'instruments') }}
