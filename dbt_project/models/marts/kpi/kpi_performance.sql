with

kpi_performance as (
    select * from {{ ref('int_kpi_performance') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    kpi_performance.cycle,
    kpi_performance.kpi,
    kpi_performance.grouping,
    kpi_performance.group_name,
    kpi_performance.unit,
    kpi_performance.direction,
    kpi_performance.n_reported,
    kpi_performance.response_rate,
    kpi_performance.mean,
    kpi_performance.skewness,
    kpi_performance.skewness_se,
    kpi_performance.performance,
    kpi_performance.degree,
    kpi_performance.reason,
    null::varchar as suppression,
    cycles.data_origin
from kpi_performance
inner join cycles
    on kpi_performance.cycle = cycles.cycle
where {{ in_refreshed_cycle("kpi_performance.cycle") }}
