-- For each instrument and each KPI of an outcome that it bears on, the Members' answers beside their values (§12-14).
-- Values are oriented so that more is better; answers are scores: aware 1, not aware 0; in use 2, plans 1, no plans 0.
with

instrument_outcomes as (
    select * from {{ ref('stg_instrument_outcomes') }}
),

kpis as (
    select * from {{ ref('stg_kpis') }}
),

mapped as (
    select distinct
        instrument_outcomes.cycle,
        instrument_outcomes.instrument,
        kpis.kpi,
        kpis.direction
    from instrument_outcomes
    inner join kpis
        on instrument_outcomes.cycle = kpis.cycle and instrument_outcomes.outcome = kpis.outcome
),

scores as (
    select
        cycle,
        member,
        instrument,
        'awareness' as measure,
        case aware when 'yes' then 1 when 'no' then 0 end as score
    from {{ ref('int_instrument_answers') }}
    union all
    select
        cycle,
        member,
        instrument,
        'usage' as measure,
        case usage when 'in_use' then 2 when 'plans_to_use' then 1 when 'no_plans' then 0 end as score
    from {{ ref('int_instrument_answers') }}
),

measures as (
    select known.measure from (values ('awareness'), ('usage')) as known (measure)
),

reported as (
    select * from {{ ref('int_sufficient_member_kpis') }}
    where status = 'reported'
),

policy as (
    select * from {{ ref('int_policy') }}
),

pairs as (
    select
        mapped.cycle,
        mapped.instrument,
        mapped.kpi,
        scores.measure,
        {{ ordered_list("scores.score::double", "scores.member") }} as scores,
        {{ ordered_list("if(mapped.direction = 'lower', -reported.value, reported.value)", "scores.member") }}
            as oriented_values
    from mapped
    inner join scores
        on mapped.cycle = scores.cycle and mapped.instrument = scores.instrument
    inner join reported
        on mapped.cycle = reported.cycle and scores.member = reported.member and mapped.kpi = reported.kpi
    where scores.score is not null
    group by mapped.cycle, mapped.instrument, mapped.kpi, scores.measure
)

select
    mapped.cycle,
    mapped.instrument,
    mapped.kpi,
    measures.measure,
    mapped.direction,
    coalesce(pairs.scores, {{ empty_list("double") }}) as scores,
    coalesce(pairs.oriented_values, {{ empty_list("double") }}) as oriented_values,
    policy.minimum_pairs,
    policy.approximation_minimum_pairs,
    policy.alpha
from mapped
cross join measures
inner join policy
    on mapped.cycle = policy.cycle
left join pairs
    on
        mapped.cycle = pairs.cycle
        and mapped.instrument = pairs.instrument
        and mapped.kpi = pairs.kpi
        and measures.measure = pairs.measure
