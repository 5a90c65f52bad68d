with

kpi_performance as (
    select * from {{ ref('int_kpi_performance') }}
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
    null::string as suppression,
    {{ data_origin("kpi_performance") }} as data_origin
from kpi_performance
