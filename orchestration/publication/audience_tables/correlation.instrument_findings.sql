-- A finding is shown with all its figures, or with none of them where one is withheld.
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
        and (results.spearman_rho is null or pairs.n >= shown_kpis.least_for_shape) as is_shown
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
    left join kpi_cells
        on results.cycle = kpi_cells.cycle and results.kpi = kpi_cells.kpi and kpi_cells.grouping = 'global'
)

select
    judged.* replace (
        if(judged.is_shown, judged.performance, null) as performance,
        if(judged.is_shown, judged.degree, null) as degree,
        if(judged.is_shown, judged.reason, null) as reason,
        if(judged.is_shown, judged.skewness, null) as skewness,
        if(judged.is_shown, judged.awareness_rate, null) as awareness_rate,
        if(judged.is_shown, judged.in_use_rate, null) as in_use_rate,
        if(judged.is_shown, judged.usage_level, null) as usage_level,
        if(judged.is_shown, judged.spearman_rho, null) as spearman_rho,
        if(judged.is_shown, judged.q_value, null) as q_value,
        if(judged.is_shown, judged.is_significant, null) as is_significant,
        if(judged.is_shown, judged.finding, null) as finding,
        if(judged.is_shown, judged.evidence, null) as evidence,
        if(judged.is_shown, null, 'too few Members') as suppression
    )
from judged
