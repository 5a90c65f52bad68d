select
    cycle,
    submission,
    member,
    instrument,
    field,
    text as submitted_text,
    word,
    is_counted,
    file,
    sheet,
    row,
    {{ quoted("column") }}
from {{ source('raw', 'instrument_answers') }}
