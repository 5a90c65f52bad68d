with

findings as (
    select * from {{ ref('int_instrument_findings') }}
)

select
    findings.cycle,
    findings.audience,
    findings.instrument,
    findings.kpi,
    findings.performance,
    findings.degree,
    findings.reason,
    findings.n_reported,
    findings.skewness,
    findings.n_answered_usage,
    findings.awareness_rate,
    findings.in_use_rate,
    findings.usage_level,
    findings.is_rounded,
    findings.spearman_rho,
    findings.q_value,
    findings.is_significant,
    findings.finding,
    findings.figures,
    findings.correlation,
    findings.correlation_in_words,
    findings.reading,
    {{ data_origin("findings") }} as data_origin
from findings
