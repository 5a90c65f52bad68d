-- One row a sufficient Member.
with

kpi_counts as (
    select
        member,
        count(*) filter (where status is not null or n_figures > 0) as n_kpis_with_status,
        count(*) filter (where status is null and n_figures = 0) as n_kpis_without_status
    from member_kpi_answers
    group by member
),

instrument_counts as (
    select
        member,
        count(distinct instrument) filter (where field = 'usage') as n_instruments
    from raw.instrument_answers
    where cycle = getvariable('cycle') and is_counted
    group by member
),

framework as (
    select count(*) as n_instruments
    from raw.instruments
    where cycle = getvariable('cycle')
)

select
    sufficient_members.member,
    kpi_counts.n_kpis_with_status,
    kpi_counts.n_kpis_without_status,
    framework.n_instruments - coalesce(instrument_counts.n_instruments, 0) as n_instruments_without_answer
from sufficient_members
cross join framework
inner join kpi_counts on sufficient_members.member = kpi_counts.member
left join instrument_counts on sufficient_members.member = instrument_counts.member
order by sufficient_members.member
