with

kpis as (
    select * from {{ ref('stg_kpis') }}
),

outcomes as (
    select * from {{ ref('stg_outcomes') }}
)

select
    kpis.cycle,
    kpis.kpi,
    kpis.position,
    outcomes.dimension,
    kpis.outcome,
    kpis.kpi_name,
    kpis.formula,
    kpis.scale,
    kpis.numerator,
    kpis.denominator,
    kpis.unit,
    kpis.decimals,
    kpis.symbol,
    kpis.direction,
    kpis.minimum,
    kpis.maximum,
    kpis.disclosure,
    kpis.basis,
    {{ data_origin("kpis") }} as data_origin
from kpis
inner join outcomes
    on kpis.cycle = outcomes.cycle and kpis.outcome = outcomes.outcome
