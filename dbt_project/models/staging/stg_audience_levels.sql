select
    cycle,
    audience,
    disclosure
from {{ source('raw', 'audience_levels') }}
