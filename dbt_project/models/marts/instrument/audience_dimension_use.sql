with

dimension_use as (
    select * from {{ ref('int_dimension_use') }}
)

select
    dimension_use.cycle,
    dimension_use.audience,
    dimension_use.dimension,
    dimension_use.n_instruments,
    dimension_use.n_highly_used,
    dimension_use.mean_in_use_rate,
    dimension_use.rank,
    {{ data_origin("dimension_use") }} as data_origin
from dimension_use
