select
    cycle,
    submission,
    member,
    file,
    sheet,
    row,
    "column",
    sha256,
    value,
    rule,
    message,
    n_cells
from {{ source('raw', 'rejections') }}
