select
    cycle,
    submission,
    file,
    sha256,
    form,
    member,
    framework,
    revision,
    submitted_at,
    covers,
    state,
    reason,
    n_cells,
    n_loaded,
    n_set_aside
from {{ source('raw', 'submissions') }}
