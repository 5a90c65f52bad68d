-- One row an instrument.
with

groups_of_roster as (
    select count(*) as n_groups
    from (
        select distinct
            grouping,
            coalesce(group_name, '') as group_name
        from raw.roster_groups
        where cycle = getvariable('cycle')
        union
        select
            'global' as grouping,
            '' as group_name
    ) as roster_groups
),

groupings as (
    select count(*) + 1 as n_groupings
    from raw.groupings
    where cycle = getvariable('cycle')
),

answers as (
    select
        answers.instrument,
        count(*) filter (where answers.field = 'aware' and answers.word = 'yes') as n_aware,
        count(*) filter (where answers.field = 'usage' and answers.word = 'in_use') as n_in_use
    from raw.instrument_answers as answers
    inner join sufficient_members on answers.member = sufficient_members.member
    where answers.cycle = getvariable('cycle') and answers.is_counted
    group by answers.instrument
),

results as (
    select
        instrument,
        count(*) as n_groups,
        sum(n_in_use) as n_in_use_by_grouping,
        sum(n_in_use) filter (where grouping = 'global') as n_in_use,
        sum(n_aware) filter (where grouping = 'global') as n_aware
    from instrument.instrument_use
    where cycle = getvariable('cycle')
    group by instrument
)

select
    instruments.instrument,
    groups_of_roster.n_groups as n_groups_of_roster,
    coalesce(results.n_groups, 0) as n_groups,
    coalesce(answers.n_aware, 0) as n_aware_in_raw,
    coalesce(results.n_aware, 0)::bigint as n_aware,
    coalesce(answers.n_in_use, 0) as n_in_use_in_raw,
    coalesce(results.n_in_use, 0)::bigint as n_in_use,
    coalesce(answers.n_in_use, 0) * groupings.n_groupings as n_grouped_in_use,
    coalesce(results.n_in_use_by_grouping, 0)::bigint as n_in_use_by_grouping
from raw.instruments as instruments
cross join groups_of_roster
cross join groupings
left join answers on instruments.instrument = answers.instrument
left join results on instruments.instrument = results.instrument
where instruments.cycle = getvariable('cycle')
order by instruments.position
