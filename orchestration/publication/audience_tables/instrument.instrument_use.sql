-- Answers about instruments have no level of their own: only groups that are large enough are shown.
with

awareness as (
    select * from instrument_cells
    where measure = 'awareness'
),

usage as (
    select * from instrument_cells
    where measure = 'usage'
)

select
    results.* replace (
        if(awareness.instrument is null, results.n_aware, null) as n_aware,
        if(awareness.instrument is null, results.awareness_rate, null) as awareness_rate,
        if(awareness.instrument is null, results.is_awareness_high, null) as is_awareness_high,
        if(usage.instrument is null, results.n_in_use, null) as n_in_use,
        if(usage.instrument is null, results.n_plans_to_use, null) as n_plans_to_use,
        if(usage.instrument is null, results.n_no_plans, null) as n_no_plans,
        if(usage.instrument is null, results.in_use_rate, null) as in_use_rate,
        if(usage.instrument is null, results.plans_to_use_rate, null) as plans_to_use_rate,
        if(usage.instrument is null, results.no_plans_rate, null) as no_plans_rate,
        if(usage.instrument is null, results.usage_level, null) as usage_level,
        if(usage.instrument is null, results.is_planned_use_low, null) as is_planned_use_low,
        nullif(
            concat_ws('; ', 'awareness: ' || awareness.suppression, 'usage: ' || usage.suppression), ''
        ) as suppression
    )
from internal.instrument.instrument_use as results
left join awareness
    on
        results.cycle = awareness.cycle
        and results.instrument = awareness.instrument
        and results.grouping = awareness.grouping
        and results.group_name = awareness.group_name
left join usage
    on
        results.cycle = usage.cycle
        and results.instrument = usage.instrument
        and results.grouping = usage.grouping
        and results.group_name = usage.group_name
