with

dimensions as (
    select * from {{ ref('stg_dimensions') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    dimensions.cycle,
    dimensions.dimension,
    dimensions.position,
    dimensions.dimension_name,
    dimensions.basis,
    cycles.data_origin
from dimensions
inner join cycles
    on dimensions.cycle = cycles.cycle
where {{ in_refreshed_cycle("dimensions.cycle") }}
