with

member_groups as (
    select * from {{ ref('int_member_groups') }}
),

groupings as (
    select * from {{ ref('stg_groupings') }}
),

roster_groups as (
    select * from {{ ref('stg_roster_groups') }}
)

select
    member_groups.cycle,
    member_groups.member,
    member_groups.grouping,
    coalesce(groupings.grouping_label, 'Global') as grouping_label,
    groupings.position as grouping_position,
    member_groups.group_name,
    roster_groups.group_position,
    {{ data_origin("member_groups") }} as data_origin
from member_groups
left join groupings
    on member_groups.cycle = groupings.cycle and member_groups.grouping = groupings.grouping
left join roster_groups
    on
        member_groups.cycle = roster_groups.cycle
        and member_groups.member = roster_groups.member
        and member_groups.grouping = roster_groups.grouping
