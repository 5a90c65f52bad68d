-- Needs for capacity building, per outcome and group, each with the instruments that could help (§17).
with

outcomes as (
    select * from {{ ref('stg_outcomes') }}
),

kpis as (
    select * from {{ ref('stg_kpis') }}
),

kpi_performance as (
    select * from {{ ref('int_kpi_performance') }}
),

instruments as (
    select * from {{ ref('stg_instruments') }}
),

instrument_outcomes as (
    select * from {{ ref('stg_instrument_outcomes') }}
),

instrument_use as (
    select * from {{ ref('int_instrument_use') }}
),

policy as (
    select * from {{ ref('int_policy') }}
),

outcome_instruments as (
    select
        instrument_outcomes.cycle,
        instrument_outcomes.outcome,
        list(instruments.instrument order by instruments.position) as instruments
    from instrument_outcomes
    inner join instruments
        on instrument_outcomes.cycle = instruments.cycle and instrument_outcomes.instrument = instruments.instrument
    group by instrument_outcomes.cycle, instrument_outcomes.outcome
),

outcome_kpis as (
    select
        kpi_performance.*,
        kpis.outcome,
        kpis.position
    from kpi_performance
    inner join kpis
        on kpi_performance.cycle = kpis.cycle and kpi_performance.kpi = kpis.kpi
),

low_performance as (
    select
        cycle,
        outcome,
        grouping,
        group_name,
        'low_performance' as need,
        list(kpi order by position) as kpis,
        'low performing: '
        || string_agg(
            kpi || ' (skewness ' || {{ rounded("skewness", 2) }} || ', ' || n_reported || ' Members)',
            ', ' order by position
        ) as evidence
    from outcome_kpis
    where performance = 'low_performing'
    group by cycle, outcome, grouping, group_name
),

low_response as (
    select
        outcome_kpis.cycle,
        outcome_kpis.outcome,
        outcome_kpis.grouping,
        outcome_kpis.group_name,
        'low_response' as need,
        list(outcome_kpis.kpi order by outcome_kpis.position) as kpis,
        'few reported: '
        || string_agg(
            outcome_kpis.kpi || ' (' || {{ rounded("100 * outcome_kpis.response_rate", 1) }} || '% of the Members'
            || ' to whom it applies)',
            ', ' order by outcome_kpis.position
        ) as evidence
    from outcome_kpis
    inner join policy
        on outcome_kpis.cycle = policy.cycle
    where outcome_kpis.response_rate < policy.low_response_rate
    group by outcome_kpis.cycle, outcome_kpis.outcome, outcome_kpis.grouping, outcome_kpis.group_name
),

low_uptake as (
    select
        instrument_use.cycle,
        instrument_outcomes.outcome,
        instrument_use.grouping,
        instrument_use.group_name,
        'low_uptake' as need,
        list(instrument_use.instrument order by instruments.position) as instruments,
        'little used: '
        || string_agg(
            instrument_use.instrument || ' (in use by ' || {{ rounded("100 * instrument_use.in_use_rate", 1) }}
            || '% of ' || instrument_use.n_answered_usage || ' Members)',
            ', ' order by instruments.position
        ) as evidence
    from instrument_use
    inner join instrument_outcomes
        on
            instrument_use.cycle = instrument_outcomes.cycle
            and instrument_use.instrument = instrument_outcomes.instrument
    inner join instruments
        on instrument_use.cycle = instruments.cycle and instrument_use.instrument = instruments.instrument
    where instrument_use.usage_level = 'low'
    group by
        instrument_use.cycle, instrument_outcomes.outcome, instrument_use.grouping, instrument_use.group_name
),

needs as (
    select
        low_performance.*,
        outcome_instruments.instruments
    from low_performance
    left join outcome_instruments
        on
            low_performance.cycle = outcome_instruments.cycle
            and low_performance.outcome = outcome_instruments.outcome
    union all by name
    select
        low_response.*,
        outcome_instruments.instruments
    from low_response
    left join outcome_instruments
        on low_response.cycle = outcome_instruments.cycle and low_response.outcome = outcome_instruments.outcome
    union all by name
    select
        low_uptake.*,
        []::varchar[] as kpis
    from low_uptake
)

select
    needs.cycle,
    needs.outcome,
    outcomes.dimension,
    needs.grouping,
    needs.group_name,
    needs.need,
    needs.kpis,
    coalesce(needs.instruments, []::varchar[]) as instruments,
    needs.evidence,
    {{ data_origin("needs") }} as data_origin
from needs
inner join outcomes
    on needs.cycle = outcomes.cycle and needs.outcome = outcomes.outcome
