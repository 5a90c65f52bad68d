-- What each sufficient Member says about each instrument of the framework; null where it does not answer.
with

instruments as (
    select
        cycle,
        instrument,
        disclosure
    from {{ ref('stg_instruments') }}
),

sufficient as (
    select
        cycle,
        member
    from {{ ref('int_member_completeness') }}
    where is_sufficient
),

answers as (
    select
        cycle,
        member,
        instrument,
        max(word) filter (where field = 'aware') as aware,
        max(word) filter (where field = 'usage') as usage
    from {{ ref('stg_instrument_answers') }}
    where is_counted
    group by cycle, member, instrument
)

select
    sufficient.cycle,
    sufficient.member,
    instruments.instrument,
    answers.aware,
    answers.usage,
    instruments.disclosure
from sufficient
inner join instruments
    on sufficient.cycle = instruments.cycle
left join answers
    on
        sufficient.cycle = answers.cycle
        and sufficient.member = answers.member
        and instruments.instrument = answers.instrument
