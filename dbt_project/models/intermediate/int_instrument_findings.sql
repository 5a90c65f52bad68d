-- What a KPI's performance and an instrument's use say together, each with the figures that led to it (§12-14):
-- for each audience from the use that it sees. Where it may not see the answers, the correlation is a word.
with

correlations as (
    select * from {{ ref('int_instrument_kpi_strengths') }}
    where measure = 'usage'
),

kpi_performance as (
    select * from {{ ref('int_kpi_performance') }}
    where grouping = 'global'
),

instrument_use as (
    select * from {{ ref('int_instrument_use') }}
    where grouping = 'global'
),

rules as (
    select * from {{ ref('int_finding_rules') }}
)

select
    correlations.cycle,
    instrument_use.audience,
    correlations.instrument,
    correlations.kpi,
    kpi_performance.performance,
    kpi_performance.degree,
    kpi_performance.reason,
    kpi_performance.n_reported,
    kpi_performance.skewness,
    instrument_use.n_answered_usage,
    instrument_use.awareness_rate,
    instrument_use.in_use_rate,
    instrument_use.usage_level,
    instrument_use.is_rounded,
    if(instrument_use.is_rounded, null, correlations.spearman_rho) as spearman_rho,
    if(instrument_use.is_rounded, null, correlations.q_value) as q_value,
    if(instrument_use.is_rounded, null, correlations.is_significant) as is_significant,
    rules.finding,
    {{ sentence([
        "replace(kpi_performance.performance, '_', ' ')",
        "coalesce(' (' || kpi_performance.reason || ')', '')",
        "coalesce(', skewness ' || " ~ rounded("kpi_performance.skewness", 2) ~ ", '')",
        "' of ' || kpi_performance.n_reported || ' Members; in use by '",
        "if(instrument_use.is_rounded, 'about ', '')",
        "coalesce(" ~ rounded("100 * instrument_use.in_use_rate", 1) ~ " || '%', 'an unknown share')",
        "' of ' || instrument_use.n_answered_usage || ' (' || replace(instrument_use.usage_level, '_', ' ') || ')'"
    ]) }} as figures,
    {{ sentence([
        "coalesce('rho ' || " ~ rounded("correlations.spearman_rho", 2) ~ ", 'rho not computed')",
        "coalesce(', q ' || " ~ rounded("correlations.q_value", 3) ~ ", ' (' || correlations.note || ')')"
    ]) }} as correlation,
    case
        when correlations.spearman_rho is not null and correlations.strength != 'none'
            then correlations.strength || ' ' || correlations.sign || ' correlation'
        when correlations.spearman_rho is not null or correlations.note = 'no variation' then 'no correlation'
        else 'correlation not computed (' || correlations.note || ')'
    end as correlation_in_words,
    rules.reading
from correlations
inner join kpi_performance
    on correlations.cycle = kpi_performance.cycle and correlations.kpi = kpi_performance.kpi
inner join instrument_use
    on correlations.cycle = instrument_use.cycle and correlations.instrument = instrument_use.instrument
inner join rules
    on kpi_performance.performance = rules.performance and instrument_use.usage_level = rules.usage_level
