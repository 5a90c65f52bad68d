-- A correlation is shown where it has as many pairs as a quartile needs, and the KPI's shape is shown; but not of answers that
-- are known with values that are not. Of answers that are not known only its class is shown, and notes that tell nothing of them.
with

known_instruments as (
    select
        instruments.cycle,
        instruments.instrument
    from internal.reference.instruments as instruments
    inner join audience_levels
        on instruments.disclosure = audience_levels.level
),

judged as (
    select
        results.*,
        known_instruments.instrument is not null as is_known,
        known_instruments.instrument is not null
        and (
            results.spearman_rho is null
            or (
                results.n >= shown_kpis.least_for_shape
                and coalesce(kpi_cells.is_shape_shown, false)
                and withheld_correlations.kpi is null
            )
        ) as is_correlation_shown,
        -- a cycle that was built before correlations had words has none until it is refreshed
        shown_classes.kpi is not null
        and (results.strength is not null or results.spearman_rho is null) as is_class_shown,
        coalesce(shown_classes.is_significance_shown, false) and results.strength is not null as is_significance_shown,
        -- what these notes say follows from the counts of answers, and from the KPI
        results.spearman_rho is null and results.note in ('too few pairs', 'no direction') as is_nothing_there,
        if(withheld_correlations.kpi is null, 'too few Members', 'hidden values') as reason
    from internal.correlation.instrument_kpi as results
    inner join shown_kpis
        on results.cycle = shown_kpis.cycle and results.kpi = shown_kpis.kpi
    left join known_instruments
        on results.cycle = known_instruments.cycle and results.instrument = known_instruments.instrument
    left join withheld_correlations
        on
            results.cycle = withheld_correlations.cycle
            and results.instrument = withheld_correlations.instrument
            and results.kpi = withheld_correlations.kpi
    left join shown_classes
        on
            results.cycle = shown_classes.cycle
            and results.instrument = shown_classes.instrument
            and results.kpi = shown_classes.kpi
            and results.measure = shown_classes.measure
    left join kpi_cells
        on results.cycle = kpi_cells.cycle and results.kpi = kpi_cells.kpi and kpi_cells.grouping = 'global'
)

select
    judged.*,
    case
        when judged.is_correlation_shown then judged.strength
        when judged.is_class_shown then coalesce(judged.strength, 'none')
    end as made_strength,
    if(judged.is_correlation_shown or judged.is_class_shown, judged.sign, null) as made_sign,
    case
        when judged.is_correlation_shown then judged.is_significant
        when judged.is_significance_shown then judged.is_significant
    end as made_is_significant,
    if(judged.is_known or judged.is_nothing_there, judged.note, null) as made_note,
    case
        when judged.is_correlation_shown or (judged.is_nothing_there and not judged.is_known) then null
        when judged.is_known then judged.reason
        when judged.is_class_shown then 'class'
        else 'hidden answers'
    end as made_suppression
from judged
