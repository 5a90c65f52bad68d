-- A judgement, and the skewness behind it, each where it is shown.
select
    results.*,
    shown_kpis.decimals,
    kpi_cells.is_mean_shown,
    kpi_cells.is_shape_shown,
    kpi_cells.is_judgement_shown or results.n_reported = 0 as is_judgement_shown,
    if(kpi_cells.is_shape_shown and kpi_cells.is_judgement_shown, null, kpi_cells.suppression) as made_suppression
from internal.kpi.kpi_performance as results
inner join shown_kpis
    on results.cycle = shown_kpis.cycle and results.kpi = shown_kpis.kpi
left join kpi_cells
    on
        results.cycle = kpi_cells.cycle
        and results.kpi = kpi_cells.kpi
        and results.grouping = kpi_cells.grouping
        and results.group_name = kpi_cells.group_name
