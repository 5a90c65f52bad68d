-- Needs that follow from what the audience may see; the figures of the evidence where they are shown.
with judged as (
    select
        items.*,
        case items.need
            when 'low_response' then shown_kpis.kpi is not null
            when 'low_performance' then shown_kpis.kpi is not null and coalesce(kpi_cells.is_judgement_shown, false)
            else instrument_cells.instrument is null
        end as is_item_shown,
        items.need != 'low_performance' or coalesce(kpi_cells.is_shape_shown, false) as is_evidence_shown
    from internal.capacity.need_items as items
    left join shown_kpis
        on items.cycle = shown_kpis.cycle and items.code = shown_kpis.kpi and items.need != 'low_uptake'
    left join kpi_cells
        on
            items.cycle = kpi_cells.cycle
            and items.code = kpi_cells.kpi
            and items.grouping = kpi_cells.grouping
            and items.group_name = kpi_cells.group_name
            and items.need = 'low_performance'
    left join instrument_cells
        on
            items.cycle = instrument_cells.cycle
            and items.code = instrument_cells.instrument
            and items.grouping = instrument_cells.grouping
            and items.group_name = instrument_cells.group_name
            and items.need = 'low_uptake'
            and instrument_cells.measure = 'usage'
    where items.audience = getvariable('audience')
),

gathered as (
    select
        cycle,
        outcome,
        grouping,
        group_name,
        need,
        list(code order by position) as codes,
        label || ': ' || string_agg(
            if(is_evidence_shown, code || ' (' || figures || ')', code), ', ' order by position
        ) as made_evidence
    from judged
    where is_item_shown
    group by cycle, outcome, grouping, group_name, need, label
),

of_outcome as (
    select
        links.cycle,
        links.outcome,
        list(instruments.instrument order by instruments.position) as instruments
    from internal.reference.instrument_outcomes as links
    inner join internal.reference.instruments as instruments
        on links.cycle = instruments.cycle and links.instrument = instruments.instrument
    group by links.cycle, links.outcome
)

select
    gathered.cycle,
    gathered.outcome,
    outcomes.dimension,
    gathered.grouping,
    gathered.group_name,
    gathered.need,
    if(gathered.need = 'low_uptake', []::varchar[], gathered.codes) as made_kpis,
    if(gathered.need = 'low_uptake', gathered.codes, coalesce(of_outcome.instruments, []::varchar[]))
        as made_instruments,
    gathered.made_evidence,
    outcomes.data_origin
from gathered
inner join internal.reference.outcomes as outcomes
    on gathered.cycle = outcomes.cycle and gathered.outcome = outcomes.outcome
left join of_outcome
    on gathered.cycle = of_outcome.cycle and gathered.outcome = of_outcome.outcome
