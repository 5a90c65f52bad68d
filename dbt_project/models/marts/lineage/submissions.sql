with

submissions as (
    select * from {{ ref('stg_submissions') }}
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
    {{ data_origin("submissions") }} as data_origin
from submissions
