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
        and (results.spearman_rho is null or pairs.n >= shown_kpis.least_for_shape) as is_finding_shown
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
    judged.*,
    if(judged.is_finding_shown, null, 'too few Members') as made_suppression
from judged
