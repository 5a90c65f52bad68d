-- Worlds whose rounded counts are not those that are shown.
with

policy as (
    select
        cycle,
        coalesce(max(value) filter (where policy = 'count_rounding_base'), 3) as base
    from internal.reference.policy
    group by cycle
),

members as (
    select * from internal.reference.member_groups
),

moved as (
    select
        cycle,
        instrument,
        measure,
        world,
        member,
        truth as word,
        -1 as step
    from answer_changes
    union all
    select
        cycle,
        instrument,
        measure,
        world,
        member,
        word,
        1 as step
    from answer_changes
),

steps as (
    select
        moved.cycle,
        moved.instrument,
        moved.measure,
        moved.world,
        moved.word,
        members.grouping,
        members.group_name,
        sum(moved.step) as step
    from moved
    inner join members
        on moved.cycle = members.cycle and moved.member = members.member
    group by all
    having sum(moved.step) != 0
),

counts as (
    select
        own.cycle,
        own.instrument,
        own.measure,
        own.word,
        members.grouping,
        members.group_name,
        count(*) as n
    from hidden_answers as own
    semi join answer_changes as changes
        on own.cycle = changes.cycle and own.instrument = changes.instrument and own.measure = changes.measure
    inner join members
        on own.cycle = members.cycle and own.member = members.member
    group by all
),

shown as (
    unpivot (
        select
            cycle,
            instrument,
            grouping,
            group_name,
            n_answered_awareness,
            n_answered_usage,
            n_aware as yes,
            n_in_use as in_use,
            n_plans_to_use as plans_to_use,
            n_no_plans as no_plans
        from shown.instrument.instrument_use
    )
    on yes, in_use, plans_to_use, no_plans
    into name word value shown_count
)

select distinct
    steps.cycle,
    steps.instrument,
    steps.measure,
    steps.world,
    'the count of ' || steps.word || ' in ' || steps.group_name as what
from steps
inner join policy
    on steps.cycle = policy.cycle
inner join shown
    on
        steps.cycle = shown.cycle
        and steps.instrument = shown.instrument
        and steps.word = shown.word
        and steps.grouping = shown.grouping
        and steps.group_name = shown.group_name
left join counts
    on
        steps.cycle = counts.cycle
        and steps.instrument = counts.instrument
        and steps.word = counts.word
        and steps.grouping = counts.grouping
        and steps.group_name = counts.group_name
where
    shown.shown_count != least(
        floor((coalesce(counts.n, 0) + steps.step) / policy.base + 0.5) * policy.base,
        floor(if(steps.measure = 'awareness', shown.n_answered_awareness, shown.n_answered_usage) / policy.base)
        * policy.base
    )
order by all
