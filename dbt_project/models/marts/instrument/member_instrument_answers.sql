with

instrument_answers as (
    select * from {{ ref('int_instrument_answers') }}
    where aware is not null or usage is not null
)

select
    instrument_answers.cycle,
    instrument_answers.member,
    instrument_answers.instrument,
    instrument_answers.aware,
    instrument_answers.usage,
    instrument_answers.disclosure,
    {{ data_origin("instrument_answers") }} as data_origin
from instrument_answers
