-- Every Member's group in every grouping, and all of them in the group 'All Members' of the grouping 'global'.
with

roster as (
    select * from {{ ref('stg_roster') }}
),

roster_groups as (
    select * from {{ ref('stg_roster_groups') }}
),

global_groups as (
    select
        cycle,
        member,
        'global' as grouping,
        'All Members' as group_name
    from roster
),

declared_groups as (
    select
        cycle,
        member,
        grouping,
        coalesce(group_name, 'Not classified') as group_name
    from roster_groups
),

all_groups as (
    select * from global_groups
    union all
    select * from declared_groups
)

select
    cycle,
    member,
    grouping,
    group_name,
    -- to join millions of answers by a number takes half as long as by three texts
    dense_rank() over (
        order by cycle, grouping, group_name
    )::integer as group_number
from all_groups
