-- Statistics of each KPI by group, over sufficient Members with a reported value, each Member counting once.
with

kpi_groups as (
    select * from {{ ref('int_kpi_groups') }}
    where {{ in_refreshed_cycle() }}
),

sufficient_member_kpis as (
    select * from {{ ref('int_sufficient_member_kpis') }}
),

member_groups as (
    select * from {{ ref('int_member_groups') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
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
        avg(value order by member) as mean,
        quantile_cont(value, [0.25, 0.5, 0.75]) as quartiles,
        min(value) as minimum,
        max(value) as maximum
    from answers
    group by cycle, kpi, grouping, group_name
),

deviations as (
    select
        answers.cycle,
        answers.kpi,
        answers.grouping,
        answers.group_name,
        sum(pow(answers.value - means.mean, 2) order by answers.member) as sum_squares,
        sum(pow(answers.value - means.mean, 3) order by answers.member) as sum_cubes
    from answers
    inner join means
        on
            answers.cycle = means.cycle
            and answers.kpi = means.kpi
            and answers.grouping = means.grouping
            and answers.group_name = means.group_name
    group by answers.cycle, answers.kpi, answers.grouping, answers.group_name
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
    means.mean,
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
    ) }} as skewness,
    cycles.data_origin
from kpi_groups
inner join cycles
    on kpi_groups.cycle = cycles.cycle
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
