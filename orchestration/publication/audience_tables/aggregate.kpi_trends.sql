-- Means that each cycle shows by itself, and the panels from which nothing withheld follows; changes are those of the means
-- as they are shown.
with

judged as (
    select
        results.*,
        shown_kpis.decimals,
        coalesce(previous_kpis.decimals, shown_kpis.decimals) as previous_decimals,
        coalesce(kpi_cells.is_mean_shown, false) as is_mean_shown,
        coalesce(previous_cells.is_mean_shown, false) as is_previous_mean_shown,
        shown_panels.kpi is not null as is_panel_shown,
        nullif(concat_ws(
            '; ',
            if(not kpi_cells.is_mean_shown, kpi_cells.suppression, null),
            if(
                results.previous_n_reported > 0 and not coalesce(previous_cells.is_mean_shown, false),
                'previous: ' || coalesce(previous_cells.suppression, 'not shown'),
                null
            ),
            if(results.n_panel > 0 and shown_panels.kpi is null, 'panel', null)
        ), '') as made_suppression
    from internal.aggregate.kpi_trends as results
    inner join shown_kpis
        on results.cycle = shown_kpis.cycle and results.kpi = shown_kpis.kpi
    left join shown_kpis as previous_kpis
        on results.previous_cycle = previous_kpis.cycle and results.kpi = previous_kpis.kpi
    left join kpi_cells
        on
            results.cycle = kpi_cells.cycle
            and results.kpi = kpi_cells.kpi
            and results.grouping = kpi_cells.grouping
            and results.group_name = kpi_cells.group_name
    left join kpi_cells as previous_cells
        on
            results.previous_cycle = previous_cells.cycle
            and results.kpi = previous_cells.kpi
            and results.grouping = previous_cells.grouping
            and results.group_name = previous_cells.group_name
    left join shown_panels
        on
            results.cycle = shown_panels.cycle
            and results.previous_cycle = shown_panels.previous_cycle
            and results.kpi = shown_panels.kpi
            and results.grouping = shown_panels.grouping
            and results.group_name = shown_panels.group_name
),

rounded as (
    select
        * exclude (mean, panel_mean),
        round(mean, decimals) as mean,
        if(is_previous_mean_shown, round(previous_mean, previous_decimals), null) as made_previous_mean,
        round(panel_mean, decimals) as panel_mean,
        if(is_panel_shown, round(previous_panel_mean, previous_decimals), null) as made_previous_panel_mean
    from judged
)

select
    *,
    if(is_mean_shown, round(mean - made_previous_mean, greatest(decimals, previous_decimals)), null) as made_change,
    if(is_panel_shown, round(panel_mean - made_previous_panel_mean, greatest(decimals, previous_decimals)), null)
        as made_panel_change
from rounded
