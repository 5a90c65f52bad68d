-- Awareness and use of each instrument by group (§10-11), as shares of the sufficient Members that answered:
-- for each audience, of rounded counts where it may not see the answers.
with

instruments as (
    select
        cycle,
        instrument,
        dimension,
        disclosure
    from {{ ref('stg_instruments') }}
),

groups as (
    select * from {{ ref('int_groups') }}
),

answers as (
    select * from {{ ref('int_instrument_answers') }}
),

member_groups as (
    select * from {{ ref('int_member_groups') }}
),

policy as (
    select * from {{ ref('int_policy') }}
),

audience_levels as (
    select * from {{ ref('stg_audience_levels') }}
),

audiences as (
    select distinct
        cycle,
        audience
    from audience_levels
),

audience_instruments as (
    select
        instruments.cycle,
        instruments.instrument,
        instruments.dimension,
        audiences.audience,
        audience_levels.disclosure is null as is_rounded,
        if(audience_levels.disclosure is null, policy.count_rounding_base, 1) as base
    from instruments
    inner join audiences
        on instruments.cycle = audiences.cycle
    inner join policy
        on instruments.cycle = policy.cycle
    left join audience_levels
        on
            audiences.cycle = audience_levels.cycle
            and audiences.audience = audience_levels.audience
            and instruments.disclosure = audience_levels.disclosure
),

counted as (
    select
        answers.cycle,
        answers.instrument,
        member_groups.grouping,
        member_groups.group_name,
        count(*) as n_members,
        count(*) filter (where answers.aware is not null or answers.usage is not null) as n_answered,
        count(answers.aware) as n_answered_awareness,
        count(*) filter (where answers.aware = 'yes') as n_aware,
        count(answers.usage) as n_answered_usage,
        count(*) filter (where answers.usage = 'in_use') as n_in_use,
        count(*) filter (where answers.usage = 'plans_to_use') as n_plans_to_use,
        count(*) filter (where answers.usage = 'no_plans') as n_no_plans
    from answers
    inner join member_groups
        on answers.cycle = member_groups.cycle and answers.member = member_groups.member
    group by answers.cycle, answers.instrument, member_groups.grouping, member_groups.group_name
),

rounded as (
    select
        audience_instruments.cycle,
        audience_instruments.audience,
        audience_instruments.instrument,
        audience_instruments.dimension,
        groups.grouping,
        groups.group_name,
        audience_instruments.is_rounded,
        coalesce(counted.n_members, 0) as n_members,
        coalesce(counted.n_answered, 0) as n_answered,
        coalesce(counted.n_answered_awareness, 0) as n_answered_awareness,
        coalesce(counted.n_answered_usage, 0) as n_answered_usage,
        {% for count, answered in [
            ("n_aware", "n_answered_awareness"),
            ("n_in_use", "n_answered_usage"),
            ("n_plans_to_use", "n_answered_usage"),
            ("n_no_plans", "n_answered_usage"),
        ] -%}
        coalesce({{ rounded_count("counted." ~ count, "counted." ~ answered, "audience_instruments.base") }}, 0)
            as {{ count }}{{ "," if not loop.last }}
    {% endfor %}
    from audience_instruments
    inner join groups
        on audience_instruments.cycle = groups.cycle
    left join counted
        on
            audience_instruments.cycle = counted.cycle
            and audience_instruments.instrument = counted.instrument
            and groups.grouping = counted.grouping
            and groups.group_name = counted.group_name
),

rated as (
    select
        *,
        {{ share("n_aware", "n_answered_awareness") }} as awareness_rate,
        {{ share("n_in_use", "n_answered_usage") }} as in_use_rate,
        {{ share("n_plans_to_use", "n_answered_usage") }} as plans_to_use_rate,
        {{ share("n_no_plans", "n_answered_usage") }} as no_plans_rate
    from rounded
)

select
    rated.*,
    case
        when rated.in_use_rate is null then 'not_answered'
        when rated.in_use_rate >= policy.high_usage_rate then 'high'
        when rated.in_use_rate < policy.low_usage_rate then 'low'
        else 'middle'
    end as usage_level,
    rated.awareness_rate >= policy.high_awareness_rate as is_awareness_high,
    rated.plans_to_use_rate < policy.low_planned_use_rate as is_planned_use_low
from rated
inner join policy
    on rated.cycle = policy.cycle
