select
    cycle,
    sdg,
    name as sdg_name,
    basis
from {{ source('raw', 'sdgs') }}
