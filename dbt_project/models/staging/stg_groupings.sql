select
    cycle,
    grouping,
    position,
    grouping_label
from {{ source('raw', 'groupings') }}
