select
    cycle,
    framework,
    framework_name,
    framework_source,
    reporting_year,
    opens,
    closes,
    minimum_completeness_rate,
    minimum_instruments_answered,
    data_origin
from {{ ref('stg_cycles') }}
