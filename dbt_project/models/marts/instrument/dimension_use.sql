with

dimension_use as (
    select * from {{ ref('int_dimension_use') }}
    where audience = 'internal'
)

select
    dimension_use.cycle,
    dimension_use.dimension,
    dimension_use.n_instruments,
    dimension_use.n_highly_used,
    dimension_use.mean_in_use_rate,
    dimension_use.rank,
    null::string as suppression,
    {{ data_origin("dimension_use") }} as data_origin
from dimension_use
