with

texts as (
    select * from {{ ref('stg_texts') }}
)

select
    cycle,
    language,
    kind,
    code,
    text,
    basis,
    {{ data_origin("texts") }} as data_origin
from texts
