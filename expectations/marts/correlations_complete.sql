-- One row an instrument and KPI, of the mapping or of the marts.
with

mapped as (
    select distinct
        links.instrument,
        kpis.kpi
    from raw.instrument_outcomes as links
    inner join raw.kpis as kpis on links.cycle = kpis.cycle and links.outcome = kpis.outcome
    where links.cycle = getvariable('cycle')
),

correlations as (
    select
        instrument,
        kpi,
        count(distinct measure) as n_correlations
    from correlation.instrument_kpi
    where cycle = getvariable('cycle')
    group by instrument, kpi
),

findings as (
    select
        instrument,
        kpi,
        count(*) as n_findings
    from correlation.instrument_findings
    where cycle = getvariable('cycle')
    group by instrument, kpi
)

select
    coalesce(mapped.instrument, correlations.instrument, findings.instrument)
    || ' with ' || coalesce(mapped.kpi, correlations.kpi, findings.kpi) as pair,
    if(mapped.kpi is null, 0, 1) as is_mapped,
    2 as n_measures,
    coalesce(correlations.n_correlations, 0) as n_correlations,
    1 as n_expected_findings,
    coalesce(findings.n_findings, 0) as n_findings
from mapped
full join correlations
    on mapped.instrument = correlations.instrument and mapped.kpi = correlations.kpi
full join findings
    on
        coalesce(mapped.instrument, correlations.instrument) = findings.instrument
        and coalesce(mapped.kpi, correlations.kpi) = findings.kpi
order by pair
