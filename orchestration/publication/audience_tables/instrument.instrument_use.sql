-- Of instruments whose level does not reach the audience, counts are rounded, and only groups that are safe are shown.
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
    results.*,
    awareness.instrument is null as is_awareness_shown,
    usage.instrument is null as is_usage_shown,
    nullif(
        concat_ws(
            '; ',
            if(results.is_rounded, 'rounded', null),
            'awareness: ' || awareness.suppression,
            'usage: ' || usage.suppression
        ),
        ''
    ) as made_suppression
from internal.instrument.audience_use as results
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
where results.audience = getvariable('audience')
