-- Least and largest values are single Members'; the other statistics where suppression lets them.
select
    results.*,
    shown_kpis.decimals,
    kpi_cells.is_mean_shown,
    kpi_cells.is_median_shown,
    kpi_cells.is_q1_shown,
    kpi_cells.is_q3_shown,
    kpi_cells.is_shape_shown,
    kpi_cells.suppression as made_suppression
from internal.aggregate.kpi_by_group as results
inner join shown_kpis
    on results.cycle = shown_kpis.cycle and results.kpi = shown_kpis.kpi
left join kpi_cells
    on
        results.cycle = kpi_cells.cycle
        and results.kpi = kpi_cells.kpi
        and results.grouping = kpi_cells.grouping
        and results.group_name = kpi_cells.group_name
