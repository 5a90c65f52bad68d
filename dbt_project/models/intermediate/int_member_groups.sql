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
)

select * from global_groups
union all
select * from declared_groups
