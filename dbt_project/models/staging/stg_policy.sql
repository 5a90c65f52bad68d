select
    cycle,
    policy,
    value,
    description,
    source
from {{ source('raw', 'policy') }}
