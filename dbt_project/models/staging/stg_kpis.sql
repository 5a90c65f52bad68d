select
    cycle,
    kpi,
    position,
    outcome,
    name as kpi_name,
    formula,
    scale,
    numerator,
    denominator,
    unit,
    decimals,
    symbol,
    direction,
    minimum,
    maximum,
    disclosure,
    basis
from {{ source('raw', 'kpis') }}
