-- Least and largest values are single Members'; the other statistics where suppression lets them.
select
    results.* replace (
        if(kpi_cells.is_mean_shown, results.mean, null) as mean,
        if(kpi_cells.is_median_shown, results.median, null) as median,
        if(kpi_cells.is_q1_shown, results.q1, null) as q1,
        if(kpi_cells.is_q3_shown, results.q3, null) as q3,
        if(kpi_cells.is_shape_shown, results.stddev, null) as stddev,
        if(kpi_cells.is_shape_shown, results.skewness, null) as skewness,
        null::double as minimum,
        null::double as maximum,
        kpi_cells.suppression as suppression
    )
from internal.aggregate.kpi_by_group as results
inner join shown_kpis
    on results.cycle = shown_kpis.cycle and results.kpi = shown_kpis.kpi
left join kpi_cells
    on
        results.cycle = kpi_cells.cycle
        and results.kpi = kpi_cells.kpi
        and results.grouping = kpi_cells.grouping
        and results.group_name = kpi_cells.group_name
