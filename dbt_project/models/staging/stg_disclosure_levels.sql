select
    cycle,
    disclosure,
    position
from {{ source('raw', 'disclosure_levels') }}
