-- Worlds whose rounded counts are not those that are shown.
with

policy as (
    select
        cycle,
        coalesce(max(value) filter (where policy = 'count_rounding_base'), 3) as base
    from internal.reference.policy
    group by cycle
),

questions as (
    select
        number as subject,
        cycle,
        subject as instrument,
        measure
    from proof.subjects
    where number in (select subject from answer_changes)
),

groups as (
    select
        cycle,
        grouping,
        group_name,
        row_number() over () as group_number
    from (select distinct cycle, grouping, group_name from internal.reference.member_groups)
),

members as (
    select distinct
        own.member_number,
        groups.group_number
    from hidden_answers as own
    inner join internal.reference.member_groups as member_groups
        on own.cycle = member_groups.cycle and own.member = member_groups.member
    inner join groups
        on
            member_groups.cycle = groups.cycle
            and member_groups.grouping = groups.grouping
            and member_groups.group_name = groups.group_name
),

moved as (
    select
        subject,
        world,
        member_number,
        truth as word,
        -1 as step
    from answer_changes
    union all
    select
        subject,
        world,
        member_number,
        word,
        1 as step
    from answer_changes
),

-- Members of the same groups first: where they have swapped their answers, there is nothing to count
member_sets as (
    select
        member_number,
        list(group_number order by group_number) as groups,
        dense_rank() over (order by list(group_number order by group_number)) as set_number
    from members
    group by member_number
),

steps_of_sets as (
    select
        moved.subject,
        moved.world,
        moved.word,
        member_sets.set_number,
        sum(moved.step) as step
    from moved
    inner join member_sets
        on moved.member_number = member_sets.member_number
    group by all
    having sum(moved.step) != 0
),

steps as (
    select
        steps_of_sets.subject,
        steps_of_sets.world,
        steps_of_sets.word,
        sets.group_number,
        sum(steps_of_sets.step) as step
    from steps_of_sets
    inner join (select distinct set_number, unnest(groups) as group_number from member_sets) as sets
        on steps_of_sets.set_number = sets.set_number
    group by all
    having sum(steps_of_sets.step) != 0
),

counts as (
    select
        questions.subject,
        own.word,
        members.group_number,
        count(*) as n
    from hidden_answers as own
    inner join questions
        on own.cycle = questions.cycle and own.instrument = questions.instrument and own.measure = questions.measure
    inner join members
        on own.member_number = members.member_number
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
),

shown_counts as (
    select
        questions.subject,
        shown.word,
        groups.group_number,
        groups.group_name,
        shown.shown_count,
        if(questions.measure = 'awareness', shown.n_answered_awareness, shown.n_answered_usage) as n_answered,
        policy.base
    from shown
    inner join questions
        on shown.cycle = questions.cycle and shown.instrument = questions.instrument
    inner join groups
        on shown.cycle = groups.cycle and shown.grouping = groups.grouping and shown.group_name = groups.group_name
    inner join policy
        on shown.cycle = policy.cycle
)

select distinct
    questions.cycle,
    questions.instrument,
    questions.measure,
    steps.world,
    'the count of ' || steps.word || ' in ' || shown_counts.group_name as what
from steps
inner join questions
    on steps.subject = questions.subject
inner join shown_counts
    on
        steps.subject = shown_counts.subject
        and steps.word = shown_counts.word
        and steps.group_number = shown_counts.group_number
left join counts
    on
        steps.subject = counts.subject
        and steps.word = counts.word
        and steps.group_number = counts.group_number
where
    shown_counts.shown_count != least(
        floor((coalesce(counts.n, 0) + steps.step) / shown_counts.base + 0.5) * shown_counts.base,
        floor(shown_counts.n_answered / shown_counts.base) * shown_counts.base
    )
order by all
