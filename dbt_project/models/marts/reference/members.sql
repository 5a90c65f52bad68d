with

roster as (
    select * from {{ ref('stg_roster') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    roster.cycle,
    roster.member,
    roster.member_name,
    cycles.data_origin
from roster
inner join cycles
    on roster.cycle = cycles.cycle
where {{ in_refreshed_cycle("roster.cycle") }}
