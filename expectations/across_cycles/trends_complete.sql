-- One row an earlier cycle with which this one is compared, and a KPI.
with

statistics as (
    select
        kpi,
        count(*) as n_groups
    from aggregate.kpi_by_group
    where cycle = getvariable('cycle')
    group by kpi
),

previous_cycles as (
    select previous.cycle as previous_cycle
    from reference.cycles as cycles
    inner join reference.cycles as previous
        on cycles.reporting_year > previous.reporting_year and cycles.data_origin = previous.data_origin
    where
        cycles.cycle = getvariable('cycle')
        and exists (
            select 1 from reference.kpis as kpis
            inner join reference.kpis as previous_kpis on kpis.kpi = previous_kpis.kpi
            where kpis.cycle = cycles.cycle and previous_kpis.cycle = previous.cycle
        )
    order by previous.reporting_year desc, previous.cycle asc
    limit (
        select policy.value::bigint from reference.policy as policy
        where policy.cycle = getvariable('cycle') and policy.policy = 'compared_cycles'
    )
),

trends as (
    select
        previous_cycle,
        kpi,
        count(*) as n_trends,
        count(*) filter (where reason is null) as n_without_reason,
        count(change) as n_changes
    from aggregate.kpi_trends
    where cycle = getvariable('cycle')
    group by previous_cycle, kpi
)

select
    statistics.kpi || ' from ' || previous_cycles.previous_cycle as trend,
    statistics.n_groups,
    coalesce(trends.n_trends, 0) as n_trends,
    coalesce(trends.n_without_reason, 0) as n_without_reason,
    coalesce(trends.n_changes, 0) as n_changes
from statistics
cross join previous_cycles
left join trends
    on statistics.kpi = trends.kpi and previous_cycles.previous_cycle = trends.previous_cycle
order by trend
