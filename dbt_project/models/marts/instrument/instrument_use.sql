with

instrument_use as (
    select * from {{ ref('int_instrument_use') }}
    where audience = 'internal'
)

select
    instrument_use.cycle,
    instrument_use.instrument,
    instrument_use.dimension,
    instrument_use.grouping,
    instrument_use.group_name,
    instrument_use.n_members,
    instrument_use.n_answered,
    instrument_use.n_answered_awareness,
    instrument_use.n_aware,
    instrument_use.n_answered_usage,
    instrument_use.n_in_use,
    instrument_use.n_plans_to_use,
    instrument_use.n_no_plans,
    instrument_use.awareness_rate,
    instrument_use.in_use_rate,
    instrument_use.plans_to_use_rate,
    instrument_use.no_plans_rate,
    instrument_use.usage_level,
    instrument_use.is_awareness_high,
    instrument_use.is_planned_use_low,
    null::string as suppression,
    {{ data_origin("instrument_use") }} as data_origin
from instrument_use
