select
    cycle,
    member,
    name as member_name
from {{ source('raw', 'roster') }}
