-- A judgement is shown where the mean is; the skewness behind it where the shape is.
select
    results.* replace (
        if(kpi_cells.is_mean_shown, results.mean, null) as mean,
        if(kpi_cells.is_shape_shown, results.skewness, null) as skewness,
        if(kpi_cells.is_shape_shown, results.skewness_se, null) as skewness_se,
        if(kpi_cells.is_mean_shown or results.n_reported = 0, results.performance, null) as performance,
        if(kpi_cells.is_mean_shown, results.degree, null) as degree,
        if(kpi_cells.is_mean_shown or results.n_reported = 0, results.reason, null) as reason,
        if(kpi_cells.is_shape_shown, null, kpi_cells.suppression) as suppression
    )
from internal.kpi.kpi_performance as results
inner join shown_kpis
    on results.cycle = shown_kpis.cycle and results.kpi = shown_kpis.kpi
left join kpi_cells
    on
        results.cycle = kpi_cells.cycle
        and results.kpi = kpi_cells.kpi
        and results.grouping = kpi_cells.grouping
        and results.group_name = kpi_cells.group_name
