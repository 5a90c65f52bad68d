with

roster as (
    select * from {{ ref('stg_roster') }}
)

select
    roster.cycle,
    roster.member,
    roster.member_name,
    {{ data_origin("roster") }} as data_origin
from roster
