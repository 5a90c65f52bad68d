with

kpi_statistics as (
    select * from {{ ref('int_kpi_statistics') }}
)

select
    kpi_statistics.cycle,
    kpi_statistics.kpi,
    kpi_statistics.grouping,
    kpi_statistics.group_name,
    kpi_statistics.unit,
    kpi_statistics.n_members,
    kpi_statistics.n_reported,
    kpi_statistics.n_not_applicable,
    kpi_statistics.n_not_available,
    kpi_statistics.response_rate,
    kpi_statistics.mean,
    kpi_statistics.median,
    kpi_statistics.q1,
    kpi_statistics.q3,
    kpi_statistics.stddev,
    kpi_statistics.minimum,
    kpi_statistics.maximum,
    kpi_statistics.skewness,
    null::string as suppression,
    {{ data_origin("kpi_statistics") }} as data_origin
from kpi_statistics
