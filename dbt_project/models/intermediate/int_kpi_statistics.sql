-- Statistics of each KPI by group, over sufficient Members with a reported value, each Member counting once.
-- Marts read them here and not from one another, so that checks of marts stand between all marts and the publication.
with

kpi_groups as (
    select * from {{ ref('int_kpi_groups') }}
),

sufficient_member_kpis as (
    select * from {{ ref('int_sufficient_member_kpis') }}
),

member_groups as (
    select * from {{ ref('int_member_groups') }}
),

answers as (
    select
        sufficient_member_kpis.*,
        member_groups.grouping,
        member_groups.group_name
    from sufficient_member_kpis
    inner join member_groups
        on
            sufficient_member_kpis.cycle = member_groups.cycle
            and sufficient_member_kpis.member = member_groups.member
),

bounds as (
    select
        *,
        min(value) over (partition by cycle, kpi, grouping, group_name) as least_value
    from answers
),

means as (
    select
        cycle,
        kpi,
        grouping,
        group_name,
        count(*) as n_members,
        count(*) filter (where status = 'reported') as n_reported,
        count(*) filter (where status = 'not_applicable') as n_not_applicable,
        count(*) filter (where status = 'not_available') as n_not_available,
        {{ mean_distance("value - least_value", "member") }} as mean_distance,
        quantile_cont(value, [0.25, 0.5, 0.75]) as quartiles,
        min(value) as minimum,
        max(value) as maximum
    from bounds
    group by cycle, kpi, grouping, group_name
),

deviations as (
    select
        bounds.cycle,
        bounds.kpi,
        bounds.grouping,
        bounds.group_name,
        sum(pow(bounds.value - bounds.least_value - means.mean_distance, 2) order by bounds.member) as sum_squares,
        sum(pow(bounds.value - bounds.least_value - means.mean_distance, 3) order by bounds.member) as sum_cubes
    from bounds
    inner join means
        on
            bounds.cycle = means.cycle
            and bounds.kpi = means.kpi
            and bounds.grouping = means.grouping
            and bounds.group_name = means.group_name
    group by bounds.cycle, bounds.kpi, bounds.grouping, bounds.group_name
)

select
    kpi_groups.cycle,
    kpi_groups.kpi,
    kpi_groups.grouping,
    kpi_groups.group_name,
    kpi_groups.unit,
    coalesce(means.n_members, 0) as n_members,
    coalesce(means.n_reported, 0) as n_reported,
    coalesce(means.n_not_applicable, 0) as n_not_applicable,
    coalesce(means.n_not_available, 0) as n_not_available,
    {{ share("means.n_reported", "(means.n_members - means.n_not_applicable)") }} as response_rate,
    least(means.minimum + means.mean_distance, means.maximum) as mean,
    means.quartiles[2] as median,
    means.quartiles[1] as q1,
    means.quartiles[3] as q3,
    {{ sample_stddev("means.n_reported", "deviations.sum_squares") }} as stddev,
    means.minimum,
    means.maximum,
    {{ skewness(
        "means.n_reported",
        "deviations.sum_squares",
        "deviations.sum_cubes",
        has_variation("means.minimum", "means.maximum")
    ) }} as skewness
from kpi_groups
left join means
    on
        kpi_groups.cycle = means.cycle
        and kpi_groups.kpi = means.kpi
        and kpi_groups.grouping = means.grouping
        and kpi_groups.group_name = means.group_name
left join deviations
    on
        kpi_groups.cycle = deviations.cycle
        and kpi_groups.kpi = deviations.kpi
        and kpi_groups.grouping = deviations.grouping
        and kpi_groups.group_name = deviations.group_name
