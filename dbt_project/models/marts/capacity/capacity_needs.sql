-- Needs for capacity building, per outcome and group, each with the instruments that could help (§17).
with

need_items as (
    select * from {{ ref('int_need_items') }}
    where audience = 'internal'
),

outcomes as (
    select * from {{ ref('stg_outcomes') }}
),

instruments as (
    select * from {{ ref('stg_instruments') }}
),

instrument_outcomes as (
    select * from {{ ref('stg_instrument_outcomes') }}
),

outcome_instruments as (
    select
        instrument_outcomes.cycle,
        instrument_outcomes.outcome,
        {{ ordered_list("instruments.instrument", "instruments.position") }} as instruments
    from instrument_outcomes
    inner join instruments
        on instrument_outcomes.cycle = instruments.cycle and instrument_outcomes.instrument = instruments.instrument
    group by instrument_outcomes.cycle, instrument_outcomes.outcome
),

needs as (
    select
        cycle,
        outcome,
        grouping,
        group_name,
        need,
        {{ ordered_list("code", "position") }} as codes,
        label || ': ' || {{ joined(ordered_list("code || ' (' || figures || ')'", "position"), ", ") }} as evidence
    from need_items
    group by cycle, outcome, grouping, group_name, need, label
)

select
    needs.cycle,
    needs.outcome,
    outcomes.dimension,
    needs.grouping,
    needs.group_name,
    needs.need,
    if(needs.need = 'low_uptake', {{ empty_list("string") }}, needs.codes) as kpis,
    if(needs.need = 'low_uptake', needs.codes, coalesce(outcome_instruments.instruments, {{ empty_list("string") }}))
        as instruments,
    needs.evidence,
    {{ data_origin("needs") }} as data_origin
from needs
inner join outcomes
    on needs.cycle = outcomes.cycle and needs.outcome = outcomes.outcome
left join outcome_instruments
    on needs.cycle = outcome_instruments.cycle and needs.outcome = outcome_instruments.outcome
