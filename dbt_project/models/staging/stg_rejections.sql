select
    cycle,
    submission,
    member,
    file,
    sheet,
    row,
    {{ quoted("column") }},
    sha256,
    value,
    rule,
    message,
    n_cells
from {{ source('raw', 'rejections') }}
