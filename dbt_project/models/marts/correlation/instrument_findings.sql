with

findings as (
    select * from {{ ref('int_instrument_findings') }}
    where audience = 'internal'
)

select
    findings.cycle,
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
    findings.spearman_rho,
    findings.q_value,
    findings.is_significant,
    findings.finding,
    {{ sentence(["findings.figures", "'; '", "findings.correlation", "': '", "findings.reading"]) }} as evidence,
    null::string as suppression,
    {{ data_origin("findings") }} as data_origin
from findings
