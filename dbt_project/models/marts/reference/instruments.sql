with

instruments as (
    select * from {{ ref('stg_instruments') }}
)

select
    instruments.cycle,
    instruments.instrument,
    instruments.position,
    instruments.dimension,
    instruments.instrument_name,
    instruments.disclosure,
    instruments.basis,
    {{ data_origin("instruments") }} as data_origin
from instruments
