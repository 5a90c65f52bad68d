-- Correlations (§12-14), and their strength and sign in words.
with

correlations as (
    select * from {{ ref('int_instrument_kpi_strengths') }}
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
    correlations.strength,
    correlations.sign,
    correlations.note,
    null::string as suppression,
    {{ data_origin("correlations") }} as data_origin
from correlations
