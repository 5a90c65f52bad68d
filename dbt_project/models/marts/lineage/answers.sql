-- Every cell that loaded, as submitted, so that a figure of any mart can be followed to file, sheet and row.
with

submissions as (
    select * from {{ ref('stg_submissions') }}
),

kpi_answers as (
    select
        cycle,
        submission,
        member,
        kpi,
        null::string as instrument,
        field,
        submitted_text,
        value,
        word,
        is_counted,
        file,
        sheet,
        row,
        {{ quoted("column") }}
    from {{ ref('stg_kpi_answers') }}
),

instrument_answers as (
    select
        cycle,
        submission,
        member,
        null::string as kpi,
        instrument,
        field,
        submitted_text,
        null::double as value,
        word,
        is_counted,
        file,
        sheet,
        row,
        {{ quoted("column") }}
    from {{ ref('stg_instrument_answers') }}
),

answers as (
    select * from kpi_answers
    union all
    select * from instrument_answers
)

select
    answers.*,
    submissions.sha256,
    {{ data_origin("answers") }} as data_origin
from answers
inner join submissions
    on answers.cycle = submissions.cycle and answers.submission = submissions.submission
