with

instruments as (
    select * from {{ ref('stg_instruments') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    instruments.cycle,
    instruments.instrument,
    instruments.position,
    instruments.dimension,
    instruments.instrument_name,
    instruments.basis,
    cycles.data_origin
from instruments
inner join cycles
    on instruments.cycle = cycles.cycle
where {{ in_refreshed_cycle("instruments.cycle") }}
