with

dimensions as (
    select * from {{ ref('stg_dimensions') }}
)

select
    dimensions.cycle,
    dimensions.dimension,
    dimensions.position,
    dimensions.dimension_name,
    dimensions.basis,
    {{ data_origin("dimensions") }} as data_origin
from dimensions
