-- A finding is shown with all its figures, or with none of them where one is withheld; but for the correlation, which is shown
-- as in correlation.instrument_kpi: with its figures, in words, or not at all.
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
        and (results.is_rounded or results.spearman_rho is null or pairs.n >= shown_kpis.least_for_shape)
            as is_finding_shown,
        not results.is_rounded
        and (results.spearman_rho is null or withheld_correlations.kpi is null) as is_figure_shown,
        shown_classes.kpi is not null
        or (pairs.spearman_rho is null and pairs.note in ('too few pairs', 'no direction')) as is_word_shown
    from internal.correlation.audience_findings as results
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
            and shown_classes.measure = 'usage'
    left join kpi_cells
        on results.cycle = kpi_cells.cycle and results.kpi = kpi_cells.kpi and kpi_cells.grouping = 'global'
    where results.audience = getvariable('audience')
)

select
    judged.*,
    judged.is_finding_shown and judged.is_figure_shown as is_correlation_shown,
    if(
        judged.is_finding_shown,
        judged.figures
        || case
            when judged.is_figure_shown then '; ' || judged.correlation
            when judged.is_rounded and judged.is_word_shown then '; ' || judged.correlation_in_words
            else ''
        end
        || ': ' || judged.reading,
        null
    ) as made_evidence,
    case
        when not judged.is_finding_shown then 'too few Members'
        when judged.is_figure_shown then null
        when not judged.is_rounded then 'hidden values'
        when judged.is_word_shown then 'class'
        else 'hidden answers'
    end as made_suppression
from judged
