-- Needs that follow from what the audience may see; the figures of the evidence where all of them are shown.
with

needs as (
    select * from internal.capacity.capacity_needs
),

kpis as (
    select
        needs.cycle,
        needs.outcome,
        needs.grouping,
        needs.group_name,
        needs.need,
        unnest(needs.kpis) as kpi,
        generate_subscripts(needs.kpis, 1) as position
    from needs
),

shown_kpi_lists as (
    select
        results.cycle,
        results.outcome,
        results.grouping,
        results.group_name,
        results.need,
        list(results.kpi order by results.position) as kpis,
        bool_and(results.need = 'low_response' or kpi_cells.is_shape_shown) as is_evidence_shown
    from kpis as results
    inner join shown_kpis
        on results.cycle = shown_kpis.cycle and results.kpi = shown_kpis.kpi
    left join kpi_cells
        on
            results.cycle = kpi_cells.cycle
            and results.kpi = kpi_cells.kpi
            and results.grouping = kpi_cells.grouping
            and results.group_name = kpi_cells.group_name
    where results.need = 'low_response' or kpi_cells.is_mean_shown
    group by results.cycle, results.outcome, results.grouping, results.group_name, results.need
),

instruments as (
    select
        needs.cycle,
        needs.outcome,
        needs.grouping,
        needs.group_name,
        unnest(needs.instruments) as instrument,
        generate_subscripts(needs.instruments, 1) as position
    from needs
    where needs.need = 'low_uptake'
),

shown_instrument_lists as (
    select
        results.cycle,
        results.outcome,
        results.grouping,
        results.group_name,
        list(results.instrument order by results.position) as instruments
    from instruments as results
    anti join instrument_cells
        on
            results.cycle = instrument_cells.cycle
            and results.instrument = instrument_cells.instrument
            and results.grouping = instrument_cells.grouping
            and results.group_name = instrument_cells.group_name
            and instrument_cells.measure = 'usage'
    group by results.cycle, results.outcome, results.grouping, results.group_name
),

of_kpis as (
    select
        needs.*,
        shown_kpi_lists.kpis as made_kpis,
        needs.instruments as made_instruments,
        if(
            shown_kpi_lists.is_evidence_shown and len(shown_kpi_lists.kpis) = len(needs.kpis),
            needs.evidence,
            string_split(needs.evidence, ':')[1] || ': ' || array_to_string(shown_kpi_lists.kpis, ', ')
        ) as made_evidence
    from needs
    inner join shown_kpi_lists
        on
            needs.cycle = shown_kpi_lists.cycle
            and needs.outcome = shown_kpi_lists.outcome
            and needs.grouping = shown_kpi_lists.grouping
            and needs.group_name = shown_kpi_lists.group_name
            and needs.need = shown_kpi_lists.need
),

of_instruments as (
    select
        needs.*,
        needs.kpis as made_kpis,
        shown_instrument_lists.instruments as made_instruments,
        if(
            len(shown_instrument_lists.instruments) = len(needs.instruments),
            needs.evidence,
            string_split(needs.evidence, ':')[1] || ': '
            || array_to_string(shown_instrument_lists.instruments, ', ')
        ) as made_evidence
    from needs
    inner join shown_instrument_lists
        on
            needs.cycle = shown_instrument_lists.cycle
            and needs.outcome = shown_instrument_lists.outcome
            and needs.grouping = shown_instrument_lists.grouping
            and needs.group_name = shown_instrument_lists.group_name
    where needs.need = 'low_uptake'
)

select * from of_kpis
union all
select * from of_instruments
