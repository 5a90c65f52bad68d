select
    cycle,
    framework,
    framework_name,
    framework_source,
    reporting_year,
    opens,
    closes,
    data_origin,
    minimum_completeness_rate,
    minimum_instruments_answered,
    minimum_submission_rate,
    minimum_sufficient_members,
    minimum_kpi_response_rate,
    minimum_instrument_response_rate,
    maximum_set_aside_rate
from {{ source('raw', 'cycles') }}
