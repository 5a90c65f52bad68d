-- The judgement of each KPI from the skewness of its distribution (§9), globally and for each group.
with

kpi_statistics as (
    select * from {{ ref('int_kpi_statistics') }}
),

kpis as (
    select
        cycle,
        kpi,
        direction
    from {{ ref('stg_kpis') }}
),

policy as (
    select * from {{ ref('int_policy') }}
),

reasoned as (
    select
        kpi_statistics.cycle,
        kpi_statistics.kpi,
        kpi_statistics.grouping,
        kpi_statistics.group_name,
        kpi_statistics.unit,
        kpis.direction,
        kpi_statistics.n_reported,
        kpi_statistics.response_rate,
        kpi_statistics.mean,
        kpi_statistics.skewness,
        policy.skewness_threshold,
        policy.strong_skewness_threshold,
        case when kpi_statistics.skewness is not null then {{ skewness_se("kpi_statistics.n_reported") }} end
            as skewness_se,
        -- The tail points to the few: where higher is better, a tail to the right means that most crowd at the low end.
        if(kpis.direction = 'lower', -kpi_statistics.skewness, kpi_statistics.skewness) as tail_away_from_wished,
        case
            when kpis.direction = 'none' then 'no direction'
            when kpi_statistics.n_reported < greatest(policy.minimum_reported, 3) then 'too few Members'
            when kpi_statistics.skewness is null then 'no variation'
        end as reason
    from kpi_statistics
    inner join kpis
        on kpi_statistics.cycle = kpis.cycle and kpi_statistics.kpi = kpis.kpi
    inner join policy
        on kpi_statistics.cycle = policy.cycle
),

judged as (
    select
        *,
        case
            when reason is not null then 'not_evaluated'
            when tail_away_from_wished <= -skewness_threshold then 'well_performing'
            when tail_away_from_wished >= skewness_threshold then 'low_performing'
            else 'balanced'
        end as performance
    from reasoned
)

select
    cycle,
    kpi,
    grouping,
    group_name,
    unit,
    direction,
    n_reported,
    response_rate,
    mean,
    skewness,
    skewness_se,
    performance,
    case
        when performance in ('well_performing', 'low_performing')
            then if(abs(skewness) >= strong_skewness_threshold, 'strong', 'moderate')
    end as degree,
    reason
from judged
