-- A finding is shown with all its figures, or with none of them where one is withheld; but for a correlation of answers
-- that are known with values that are not: that is left out, also from the evidence.
with

withheld_instruments as (
    select distinct
        cycle,
        instrument
    from instrument_cells
    where grouping = 'global'
),

judged as (
    select
        results.*,
        withheld_instruments.instrument is null
        and (results.skewness is null or coalesce(kpi_cells.is_shape_shown, false))
        and (results.spearman_rho is null or pairs.n >= shown_kpis.least_for_shape) as is_finding_shown,
        results.spearman_rho is null or withheld_correlations.kpi is null as is_without_hidden_values
    from internal.correlation.instrument_findings as results
    inner join internal.correlation.instrument_kpi as pairs
        on
            results.cycle = pairs.cycle
            and results.instrument = pairs.instrument
            and results.kpi = pairs.kpi
            and pairs.measure = 'usage'
    inner join shown_kpis
        on results.cycle = shown_kpis.cycle and results.kpi = shown_kpis.kpi
    left join withheld_instruments
        on results.cycle = withheld_instruments.cycle and results.instrument = withheld_instruments.instrument
    left join withheld_correlations
        on
            results.cycle = withheld_correlations.cycle
            and results.instrument = withheld_correlations.instrument
            and results.kpi = withheld_correlations.kpi
    left join kpi_cells
        on results.cycle = kpi_cells.cycle and results.kpi = kpi_cells.kpi and kpi_cells.grouping = 'global'
)

select
    judged.*,
    judged.is_finding_shown and judged.is_without_hidden_values as is_correlation_shown,
    case
        when not judged.is_finding_shown then null
        when judged.is_without_hidden_values then judged.evidence
        else regexp_replace(judged.evidence, '; rho [^:]*:', ':')
    end as made_evidence,
    case
        when not judged.is_finding_shown then 'too few Members'
        when not judged.is_without_hidden_values then 'hidden values'
    end as made_suppression
from judged
