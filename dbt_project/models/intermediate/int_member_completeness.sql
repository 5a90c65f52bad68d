-- How complete each Member's submission is, and whether that is sufficient to enter results.
with

cycles as (
    select * from {{ ref('stg_cycles') }}
),

roster as (
    select * from {{ ref('stg_roster') }}
),

member_kpis as (
    select * from {{ ref('int_member_kpis') }}
),

instrument_answers as (
    select * from {{ ref('stg_instrument_answers') }}
    where is_counted
),

submissions as (
    select * from {{ ref('stg_submissions') }}
    where state = 'accepted'
),

kpi_counts as (
    select
        cycle,
        member,
        count(*) as n_kpis,
        count(*) filter (where status != 'not_applicable') as n_applicable,
        count(*) filter (where status = 'reported') as n_reported
    from member_kpis
    group by cycle, member
),

instrument_counts as (
    select
        cycle,
        member,
        count(distinct instrument) as n_instruments_answered
    from instrument_answers
    group by cycle, member
),

senders as (
    select distinct
        cycle,
        member
    from submissions
),

counted as (
    select
        roster.cycle,
        roster.member,
        senders.member is not null as is_submitted,
        coalesce(kpi_counts.n_kpis, 0) as n_kpis,
        coalesce(kpi_counts.n_applicable, 0) as n_applicable,
        coalesce(kpi_counts.n_reported, 0) as n_reported,
        {{ share("kpi_counts.n_reported", "kpi_counts.n_applicable") }} as completeness_rate,
        coalesce(instrument_counts.n_instruments_answered, 0) as n_instruments_answered
    from roster
    left join kpi_counts
        on roster.cycle = kpi_counts.cycle and roster.member = kpi_counts.member
    left join instrument_counts
        on roster.cycle = instrument_counts.cycle and roster.member = instrument_counts.member
    left join senders
        on roster.cycle = senders.cycle and roster.member = senders.member
)

select
    counted.*,
    counted.is_submitted
    and coalesce(counted.completeness_rate, 0) >= cycles.minimum_completeness_rate
    and counted.n_instruments_answered >= cycles.minimum_instruments_answered as is_sufficient
from counted
inner join cycles
    on counted.cycle = cycles.cycle
