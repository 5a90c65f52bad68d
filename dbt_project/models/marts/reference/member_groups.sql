with

member_groups as (
    select * from {{ ref('int_member_groups') }}
),

groupings as (
    select * from {{ ref('stg_groupings') }}
)

select
    member_groups.cycle,
    member_groups.member,
    member_groups.grouping,
    coalesce(groupings.grouping_label, 'Global') as grouping_label,
    member_groups.group_name,
    {{ data_origin("member_groups") }} as data_origin
from member_groups
left join groupings
    on member_groups.cycle = groupings.cycle and member_groups.grouping = groupings.grouping
