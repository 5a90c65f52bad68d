-- One row a KPI and grouping.
with

groups_of_roster as (
    select
        grouping,
        count(distinct coalesce(group_name, '')) as n_groups
    from raw.roster_groups
    where cycle = getvariable('cycle')
    group by grouping
    union all
    select
        'global' as grouping,
        1 as n_groups
),

values_of_members as (
    select
        kpi,
        count(distinct member) as n_members,
        count(*) filter (where status = 'reported') as n_reported
    from kpi.member_kpi_values
    where cycle = getvariable('cycle')
    group by kpi
),

results as (
    select
        kpi,
        grouping,
        count(*) as n_groups,
        sum(n_members) as n_members,
        sum(n_reported) as n_reported
    from aggregate.kpi_by_group
    where cycle = getvariable('cycle')
    group by kpi, grouping
)

select
    kpis.kpi || ' by ' || groups_of_roster.grouping as kpi_by_grouping,
    groups_of_roster.n_groups as n_groups_of_roster,
    coalesce(results.n_groups, 0) as n_groups,
    coalesce(values_of_members.n_members, 0) as n_sufficient,
    coalesce(results.n_members, 0)::bigint as n_members,
    coalesce(values_of_members.n_reported, 0) as n_reported_by_members,
    coalesce(results.n_reported, 0)::bigint as n_reported
from raw.kpis as kpis
cross join groups_of_roster
left join values_of_members on kpis.kpi = values_of_members.kpi
left join results on kpis.kpi = results.kpi and groups_of_roster.grouping = results.grouping
where kpis.cycle = getvariable('cycle')
order by kpis.position, groups_of_roster.grouping
