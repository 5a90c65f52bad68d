select
    cycle,
    language,
    kind,
    code,
    text,
    basis
from {{ source('raw', 'texts') }}
