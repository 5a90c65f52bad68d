-- One row a Member of the roster.
with

accepted as (
    select distinct member
    from raw.submissions
    where cycle = getvariable('cycle') and state = 'accepted'
),

counted_for_kpis as (
    select
        member,
        count(distinct submission) as n_submissions
    from raw.kpi_answers
    where cycle = getvariable('cycle') and is_counted
    group by member
),

counted_for_instruments as (
    select
        member,
        count(distinct submission) as n_submissions
    from raw.instrument_answers
    where cycle = getvariable('cycle') and is_counted
    group by member
)

select
    roster.member,
    (accepted.member is not null)::integer as has_accepted,
    (sufficient_members.member is not null)::integer as is_sufficient,
    coalesce(counted_for_kpis.n_submissions, 0) as n_counted_for_kpis,
    coalesce(counted_for_instruments.n_submissions, 0) as n_counted_for_instruments
from raw.roster as roster
left join accepted on roster.member = accepted.member
left join sufficient_members on roster.member = sufficient_members.member
left join counted_for_kpis on roster.member = counted_for_kpis.member
left join counted_for_instruments on roster.member = counted_for_instruments.member
where roster.cycle = getvariable('cycle')
order by roster.member
