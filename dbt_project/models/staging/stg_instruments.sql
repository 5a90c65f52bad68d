select
    cycle,
    instrument,
    position,
    name as instrument_name,
    dimension,
    disclosure,
    basis
from {{ source('raw', 'instruments') }}
