-- Made where cycles meet, and there alone.
{{ config(tags=["across_cycles"]) }}
select
    cycle,
    previous_cycle,
    is_published
from {{ source('publication', 'joined') }}
