select
    cycle,
    member,
    grouping,
    group_name
from {{ source('raw', 'roster_groups') }}
