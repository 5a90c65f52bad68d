-- Awareness and use of each instrument by group (§10-11), as shares of the sufficient Members that answered.
with

instruments as (
    select
        cycle,
        instrument,
        dimension
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

rated as (
    select
        instruments.cycle,
        instruments.instrument,
        instruments.dimension,
        groups.grouping,
        groups.group_name,
        coalesce(counted.n_members, 0) as n_members,
        coalesce(counted.n_answered, 0) as n_answered,
        coalesce(counted.n_answered_awareness, 0) as n_answered_awareness,
        coalesce(counted.n_aware, 0) as n_aware,
        coalesce(counted.n_answered_usage, 0) as n_answered_usage,
        coalesce(counted.n_in_use, 0) as n_in_use,
        coalesce(counted.n_plans_to_use, 0) as n_plans_to_use,
        coalesce(counted.n_no_plans, 0) as n_no_plans,
        {{ share("counted.n_aware", "counted.n_answered_awareness") }} as awareness_rate,
        {{ share("counted.n_in_use", "counted.n_answered_usage") }} as in_use_rate,
        {{ share("counted.n_plans_to_use", "counted.n_answered_usage") }} as plans_to_use_rate,
        {{ share("counted.n_no_plans", "counted.n_answered_usage") }} as no_plans_rate
    from instruments
    inner join groups
        on instruments.cycle = groups.cycle
    left join counted
        on
            instruments.cycle = counted.cycle
            and instruments.instrument = counted.instrument
            and groups.grouping = counted.grouping
            and groups.group_name = counted.group_name
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
