select
    cycle,
    submission,
    member,
    kpi,
    field,
    text as submitted_text,
    word,
    is_counted,
    file,
    sheet,
    row,
    {{ quoted("column") }},
    value
from {{ source('raw', 'kpi_answers') }}
