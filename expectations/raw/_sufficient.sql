-- Members whose counted answers pass the cycle's thresholds, from the raw tables alone.
create or replace temp view member_kpi_answers as
select
    roster.member,
    kpis.kpi,
    count(distinct answers.field) filter (where answers.value is not null) as n_figures,
    if(kpis.formula = 'value', 1, 2) as n_figures_needed,
    max(answers.word) filter (where answers.field = 'status') as status
from raw.roster as roster
inner join raw.kpis as kpis on roster.cycle = kpis.cycle
left join raw.kpi_answers as answers
    on
        roster.cycle = answers.cycle
        and roster.member = answers.member
        and kpis.kpi = answers.kpi
        and answers.is_counted
where roster.cycle = getvariable('cycle')
group by roster.member, kpis.kpi, kpis.formula;

create or replace temp view sufficient_members as
with

kpi_counts as (
    select
        member,
        count(*) filter (where n_figures >= n_figures_needed) as n_reported,
        count(*) filter (where n_figures >= n_figures_needed or status is distinct from 'not_applicable')
            as n_applicable
    from member_kpi_answers
    group by member
),

instrument_counts as (
    select
        member,
        count(distinct instrument) as n_instruments_answered
    from raw.instrument_answers
    where cycle = getvariable('cycle') and is_counted
    group by member
)

select
    kpi_counts.member,
    kpi_counts.n_reported
from kpi_counts
left join instrument_counts on kpi_counts.member = instrument_counts.member
inner join raw.cycles as cycles on cycles.cycle = getvariable('cycle')
where
    exists (
        select 1 from raw.submissions as submissions
        where
            submissions.cycle = cycles.cycle
            and submissions.member = kpi_counts.member
            and submissions.state = 'accepted'
    )
    and kpi_counts.n_reported >= cycles.minimum_completeness_rate * kpi_counts.n_applicable
    and coalesce(instrument_counts.n_instruments_answered, 0) >= cycles.minimum_instruments_answered;
