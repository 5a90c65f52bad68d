-- What shows a need for capacity building (§17): a KPI of the outcome, or for little use an instrument, in a group.
-- Use is as each audience sees it.
with

audiences as (
    select distinct
        cycle,
        audience
    from {{ ref('stg_audience_levels') }}
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
    where usage_level = 'low'
),

policy as (
    select * from {{ ref('int_policy') }}
),

outcome_kpis as (
    select
        kpi_performance.*,
        audiences.audience,
        kpis.outcome,
        kpis.position
    from kpi_performance
    inner join kpis
        on kpi_performance.cycle = kpis.cycle and kpi_performance.kpi = kpis.kpi
    inner join audiences
        on kpi_performance.cycle = audiences.cycle
)

select
    cycle,
    audience,
    outcome,
    grouping,
    group_name,
    'low_performance' as need,
    'low performing' as label,
    kpi as code,
    position,
    'skewness ' || {{ rounded("skewness", 2) }} || ', ' || n_reported || ' Members' as figures
from outcome_kpis
where performance = 'low_performing'
union all
select
    outcome_kpis.cycle,
    outcome_kpis.audience,
    outcome_kpis.outcome,
    outcome_kpis.grouping,
    outcome_kpis.group_name,
    'low_response' as need,
    'few reported' as label,
    outcome_kpis.kpi as code,
    outcome_kpis.position,
    {{ rounded("100 * outcome_kpis.response_rate", 1) }} || '% of the Members to whom it applies' as figures
from outcome_kpis
inner join policy
    on outcome_kpis.cycle = policy.cycle
where outcome_kpis.response_rate < policy.low_response_rate
union all
select
    instrument_use.cycle,
    instrument_use.audience,
    instrument_outcomes.outcome,
    instrument_use.grouping,
    instrument_use.group_name,
    'low_uptake' as need,
    'little used' as label,
    instrument_use.instrument as code,
    instruments.position,
    'in use by ' || if(instrument_use.is_rounded, 'about ', '') || {{ rounded("100 * instrument_use.in_use_rate", 1) }}
    || '% of ' || instrument_use.n_answered_usage || ' Members' as figures
from instrument_use
inner join instrument_outcomes
    on
        instrument_use.cycle = instrument_outcomes.cycle
        and instrument_use.instrument = instrument_outcomes.instrument
inner join instruments
    on instrument_use.cycle = instruments.cycle and instrument_use.instrument = instruments.instrument
