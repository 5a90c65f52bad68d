-- A correlation is shown where it has as many pairs as a quartile needs, and the KPI's shape is shown.
with

judged as (
    select
        results.*,
        results.spearman_rho is null
        or (results.n >= shown_kpis.least_for_shape and coalesce(kpi_cells.is_shape_shown, false)) as is_shown
    from internal.correlation.instrument_kpi as results
    inner join shown_kpis
        on results.cycle = shown_kpis.cycle and results.kpi = shown_kpis.kpi
    left join kpi_cells
        on results.cycle = kpi_cells.cycle and results.kpi = kpi_cells.kpi and kpi_cells.grouping = 'global'
)

select
    judged.* replace (
        if(judged.is_shown, judged.spearman_rho, null) as spearman_rho,
        if(judged.is_shown, judged.ci_low, null) as ci_low,
        if(judged.is_shown, judged.ci_high, null) as ci_high,
        if(judged.is_shown, judged.kendall_tau_b, null) as kendall_tau_b,
        if(judged.is_shown, judged.p_value, null) as p_value,
        if(judged.is_shown, judged.p_method, null) as p_method,
        if(judged.is_shown, judged.q_value, null) as q_value,
        if(judged.is_shown, judged.is_significant, null) as is_significant,
        if(judged.is_shown, null, 'too few Members') as suppression
    )
from judged
