-- A correlation is shown where it has as many pairs as a quartile needs, and the KPI's shape is shown;
-- but not of answers that are known with values that are not.
with

judged as (
    select
        results.*,
        results.spearman_rho is null
        or (
            results.n >= shown_kpis.least_for_shape
            and coalesce(kpi_cells.is_shape_shown, false)
            and withheld_correlations.kpi is null
        ) as is_correlation_shown,
        if(withheld_correlations.kpi is null, 'too few Members', 'hidden values') as reason
    from internal.correlation.instrument_kpi as results
    inner join shown_kpis
        on results.cycle = shown_kpis.cycle and results.kpi = shown_kpis.kpi
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
    if(judged.is_correlation_shown, null, judged.reason) as made_suppression
from judged
