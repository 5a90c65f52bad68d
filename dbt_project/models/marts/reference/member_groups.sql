with

member_groups as (
    select * from {{ ref('int_member_groups') }}
),

groupings as (
    select * from {{ ref('stg_groupings') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    member_groups.cycle,
    member_groups.member,
    member_groups.grouping,
    coalesce(groupings.grouping_label, 'Global') as grouping_label,
    member_groups.group_name,
    cycles.data_origin
from member_groups
left join groupings
    on member_groups.cycle = groupings.cycle and member_groups.grouping = groupings.grouping
inner join cycles
    on member_groups.cycle = cycles.cycle
where {{ in_refreshed_cycle("member_groups.cycle") }}
