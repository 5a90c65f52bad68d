select
    cycle,
    member,
    grouping,
    group_name,
    group_position
from {{ source('raw', 'roster_groups') }}
