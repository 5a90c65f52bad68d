-- One row a file received; the cells that loaded and those set aside are counted from their own tables.
with

loaded as (
    select
        file,
        count(*) as n_cells
    from (
        select file from raw.kpi_answers where cycle = getvariable('cycle')
        union all
        select file from raw.instrument_answers where cycle = getvariable('cycle')
    ) as answers
    group by file
),

set_aside as (
    select
        file,
        sum(n_cells) as n_cells,
        bool_or(rule = 'reading_failed') as is_failed
    from raw.rejections
    where cycle = getvariable('cycle')
    group by file
)

select
    files.file,
    files.n_cells,
    (coalesce(loaded.n_cells, 0) + coalesce(set_aside.n_cells, 0))::bigint as n_accounted_for,
    (coalesce(loaded.n_cells, 0) > 0)::integer as is_read,
    coalesce(set_aside.is_failed, false)::integer as is_failed,
    sum(coalesce(set_aside.n_cells, 0)) over () / sum(files.n_cells) over () as set_aside_rate_of_cycle
from raw.files as files
left join loaded on files.file = loaded.file
left join set_aside on files.file = set_aside.file
where files.cycle = getvariable('cycle')
order by files.file
