with

submissions as (
    select * from {{ ref('stg_submissions') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    submissions.cycle,
    submissions.submission,
    submissions.file,
    submissions.sha256,
    submissions.form,
    submissions.member,
    submissions.revision,
    submissions.submitted_at,
    submissions.covers,
    submissions.state,
    submissions.reason,
    submissions.n_cells,
    submissions.n_loaded,
    submissions.n_set_aside,
    cycles.data_origin
from submissions
inner join cycles
    on submissions.cycle = cycles.cycle
where {{ in_refreshed_cycle("submissions.cycle") }}
