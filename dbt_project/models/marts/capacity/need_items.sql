with

need_items as (
    select * from {{ ref('int_need_items') }}
)

select
    need_items.cycle,
    need_items.audience,
    need_items.outcome,
    need_items.grouping,
    need_items.group_name,
    need_items.need,
    need_items.code,
    need_items.label,
    need_items.position,
    need_items.figures,
    {{ data_origin("need_items") }} as data_origin
from need_items
