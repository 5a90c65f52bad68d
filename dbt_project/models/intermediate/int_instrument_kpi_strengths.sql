-- Correlations with their strength and sign in words (thresholds of Cohen 1988, a policy).
with

correlations as (
    select * from {{ ref('int_instrument_kpi_correlations') }}
),

policy as (
    select * from {{ ref('int_policy') }}
),

judged as (
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
        case
            when correlations.spearman_rho is null then null
            when abs(correlations.spearman_rho) >= policy.strong_correlation then 'strong'
            when abs(correlations.spearman_rho) >= policy.moderate_correlation then 'moderate'
            when abs(correlations.spearman_rho) >= policy.weak_correlation then 'weak'
            else 'none'
        end as strength
    from correlations
    inner join policy
        on correlations.cycle = policy.cycle
)

select
    cycle,
    instrument,
    kpi,
    measure,
    n,
    spearman_rho,
    ci_low,
    ci_high,
    kendall_tau_b,
    p_value,
    p_method,
    q_value,
    is_significant,
    note,
    strength,
    case when strength != 'none' then if(spearman_rho > 0, 'positive', 'negative') end as sign
from judged
