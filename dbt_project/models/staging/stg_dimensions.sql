select
    cycle,
    dimension,
    position,
    name as dimension_name,
    basis
from {{ source('raw', 'dimensions') }}
