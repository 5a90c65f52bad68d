with

rejections as (
    select * from {{ ref('stg_rejections') }}
)

select
    rejections.cycle,
    rejections.submission,
    rejections.member,
    rejections.file,
    rejections.sha256,
    rejections.sheet,
    rejections.row,
    rejections.{{ quoted("column") }},
    rejections.value,
    rejections.rule,
    rejections.message,
    rejections.n_cells,
    {{ data_origin("rejections") }} as data_origin
from rejections
