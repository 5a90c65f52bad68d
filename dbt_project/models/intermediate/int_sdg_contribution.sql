-- An SDG is contributed to by the well-performing KPIs with a high response rate of the outcomes mapped to it (§16),
-- for each audience from the KPIs that it may see.
with

sdgs as (
    select * from {{ ref('stg_sdgs') }}
),

outcome_sdgs as (
    select * from {{ ref('stg_outcome_sdgs') }}
),

kpis as (
    select * from {{ ref('stg_kpis') }}
),

kpi_performance as (
    select * from {{ ref('int_kpi_performance') }}
    where grouping = 'global'
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

sdg_kpis as (
    select
        audience_levels.audience,
        outcome_sdgs.cycle,
        outcome_sdgs.sdg,
        kpis.kpi,
        kpis.position,
        kpi_performance.response_rate,
        kpi_performance.performance = 'well_performing' as is_well_performing,
        kpi_performance.performance = 'well_performing'
        and kpi_performance.response_rate >= policy.high_response_rate as is_contributing
    from outcome_sdgs
    inner join kpis
        on outcome_sdgs.cycle = kpis.cycle and outcome_sdgs.outcome = kpis.outcome
    inner join audience_levels
        on kpis.cycle = audience_levels.cycle and kpis.disclosure = audience_levels.disclosure
    inner join kpi_performance
        on kpis.cycle = kpi_performance.cycle and kpis.kpi = kpi_performance.kpi
    inner join policy
        on outcome_sdgs.cycle = policy.cycle
),

kpi_counts as (
    select
        audience,
        cycle,
        sdg,
        count(*) as n_kpis,
        count(*) filter (where is_well_performing) as n_well_performing,
        count(*) filter (where is_contributing) as n_contributing,
        {{ exact_mean("response_rate") }} as mean_response_rate,
        {{ ordered_list("kpi", "position", "is_contributing") }} as contributing_kpis
    from sdg_kpis
    group by audience, cycle, sdg
),

outcome_counts as (
    select
        cycle,
        sdg,
        count(*) as n_outcomes
    from outcome_sdgs
    group by cycle, sdg
),

counted as (
    select
        audiences.audience,
        sdgs.cycle,
        sdgs.sdg,
        sdgs.sdg_name,
        coalesce(outcome_counts.n_outcomes, 0) as n_outcomes,
        coalesce(kpi_counts.n_kpis, 0) as n_kpis,
        coalesce(kpi_counts.n_well_performing, 0) as n_well_performing,
        coalesce(kpi_counts.n_contributing, 0) as n_contributing,
        kpi_counts.mean_response_rate,
        coalesce(kpi_counts.contributing_kpis, {{ empty_list("string") }}) as contributing_kpis,
        coalesce(kpi_counts.n_contributing, 0) > 0 as contributes
    from sdgs
    inner join audiences
        on sdgs.cycle = audiences.cycle
    left join kpi_counts
        on
            audiences.audience = kpi_counts.audience
            and sdgs.cycle = kpi_counts.cycle
            and sdgs.sdg = kpi_counts.sdg
    left join outcome_counts
        on sdgs.cycle = outcome_counts.cycle and sdgs.sdg = outcome_counts.sdg
)

select
    counted.audience,
    counted.cycle,
    counted.sdg,
    counted.sdg_name,
    counted.n_outcomes,
    counted.n_kpis,
    counted.n_well_performing,
    counted.n_contributing,
    counted.mean_response_rate,
    counted.contributes,
    -- SDGs that are not contributed to come after those that are, and have no rank
    case
        when counted.contributes
            then dense_rank() over (
                partition by counted.audience, counted.cycle
                order by counted.n_contributing desc, counted.mean_response_rate desc
            )
    end as rank,
    counted.contributing_kpis,
    case
        when counted.n_outcomes = 0 then 'no outcome is mapped to it'
        when counted.n_well_performing = 0 then 'no KPI performs well'
        when not counted.contributes then 'no well-performing KPI has a high response rate'
    end as reason
from counted
