-- Each cycle with the earlier ones that it is compared with: the nearest of its origin, as many as its policy says.
-- Invented figures are never compared with reported ones, nor cycles whose frameworks have no KPI in common.
{{ config(materialized="table", tags=["across_cycles"]) }}
with

pairs as (
    select * from {{ ref('stg_cycle_pairs') }}
),

cycles as (
    select * from {{ ref('cycles') }}
),

kpis as (
    select * from {{ ref('kpis') }}
),

policy as (
    select * from {{ ref('policy') }}
    where policy = 'compared_cycles'
),

comparable as (
    select
        pairs.cycle,
        pairs.previous_cycle,
        pairs.is_published,
        cycles.data_origin,
        row_number() over (
            partition by pairs.cycle
            order by previous.reporting_year desc, pairs.previous_cycle asc
        ) as distance
    from pairs
    inner join cycles
        on pairs.cycle = cycles.cycle
    inner join cycles as previous
        on pairs.previous_cycle = previous.cycle
    where
        cycles.reporting_year > previous.reporting_year
        and cycles.data_origin = previous.data_origin
        and exists (
            select 1
            from kpis as of_cycle
            inner join kpis as of_previous
                on of_cycle.kpi = of_previous.kpi
            where of_cycle.cycle = pairs.cycle and of_previous.cycle = pairs.previous_cycle
        )
)

-- a cycle that was published before there was this policy is compared with all
select
    comparable.cycle,
    comparable.previous_cycle,
    comparable.is_published,
    comparable.data_origin
from comparable
left join policy
    on comparable.cycle = policy.cycle
where comparable.distance <= coalesce(policy.value, comparable.distance)
