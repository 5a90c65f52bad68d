with

rejections as (
    select * from {{ ref('stg_rejections') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    rejections.cycle,
    rejections.submission,
    rejections.member,
    rejections.file,
    rejections.sha256,
    rejections.sheet,
    rejections.row,
    rejections."column",
    rejections.value,
    rejections.rule,
    rejections.message,
    rejections.n_cells,
    cycles.data_origin
from rejections
inner join cycles
    on rejections.cycle = cycles.cycle
where {{ in_refreshed_cycle("rejections.cycle") }}
