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
        correlations.*,
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
    *,
    case when strength != 'none' then if(spearman_rho > 0, 'positive', 'negative') end as sign
from judged
