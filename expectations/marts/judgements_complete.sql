-- One row a KPI; the goals are counted beside each.
with

statistics as (
    select
        kpi,
        count(*) as n_groups
    from aggregate.kpi_by_group
    where cycle = getvariable('cycle')
    group by kpi
),

judgements as (
    select
        kpi,
        count(*) as n_groups,
        count(*) filter (where performance = 'low_performing') as n_low_performing
    from kpi.kpi_performance
    where cycle = getvariable('cycle')
    group by kpi
),

needs as (
    select
        kpi,
        count(*) as n_low_performing
    from (
        select unnest(kpis) as kpi
        from capacity.capacity_needs
        where cycle = getvariable('cycle') and need = 'low_performance'
    ) as shown
    group by kpi
),

goals as (
    select
        (select count(*) from raw.sdgs where cycle = getvariable('cycle')) as n_sdgs_of_framework,
        (select count(distinct sdg) from sdg.sdg_contribution where cycle = getvariable('cycle')) as n_sdgs
)

select
    kpis.kpi,
    coalesce(statistics.n_groups, 0) as n_groups_with_statistics,
    coalesce(judgements.n_groups, 0) as n_groups_judged,
    coalesce(judgements.n_low_performing, 0) as n_low_performing,
    coalesce(needs.n_low_performing, 0) as n_low_performing_in_needs,
    goals.n_sdgs_of_framework,
    goals.n_sdgs
from raw.kpis as kpis
cross join goals
left join statistics on kpis.kpi = statistics.kpi
left join judgements on kpis.kpi = judgements.kpi
left join needs on kpis.kpi = needs.kpi
where kpis.cycle = getvariable('cycle')
order by kpis.position
