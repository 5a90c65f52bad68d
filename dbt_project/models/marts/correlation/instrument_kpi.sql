with

correlations as (
    select * from {{ ref('int_instrument_kpi_correlations') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    correlations.cycle,
    correlations.instrument,
    correlations.kpi,
    correlations.measure,
    correlations.n,
    correlations.spearman_rho,
    correlations.ci_low,
    correlations.ci_high,
    correlations.kendall_tau_b,
    correlations.p_value,
    correlations.p_method,
    correlations.q_value,
    correlations.is_significant,
    correlations.note,
    null::varchar as suppression,
    cycles.data_origin
from correlations
inner join cycles
    on correlations.cycle = cycles.cycle
where {{ in_refreshed_cycle("correlations.cycle") }}
