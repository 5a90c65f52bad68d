-- Numbers in texts that no column shows beside them, or in the table that they come from.
with

findings as (
    select
        'correlation.instrument_findings' as of_table,
        concat_ws(', ', cycle, instrument, kpi) as place,
        regexp_extract_all(evidence, '-?[0-9]+(?:\.[0-9]+)?') as numbers,
        [
            n_reported::varchar,
            n_answered_usage::varchar,
            printf('%.2f', skewness),
            printf('%.1f', 100 * in_use_rate),
            printf('%.2f', spearman_rho),
            printf('%.3f', q_value)
        ] as allowed
    from shown.correlation.instrument_findings
    where evidence is not null
),

items as (
    select
        needs.cycle,
        needs.outcome,
        needs.grouping,
        needs.group_name,
        needs.need,
        needs.evidence,
        unnest(if(needs.need = 'low_uptake', needs.instruments, needs.kpis)) as code
    from shown.capacity.capacity_needs as needs
),

needs as (
    select
        'capacity.capacity_needs' as of_table,
        concat_ws(', ', items.cycle, items.outcome, items.grouping, items.group_name, items.need) as place,
        -- codes are no figures
        regexp_extract_all(
            regexp_replace(items.evidence, '(' || string_agg(items.code, '|') || ')', '', 'g'), '-?[0-9]+(?:\.[0-9]+)?'
        ) as numbers,
        flatten(
            list(
                [
                    of_kpi.n_reported::varchar,
                    printf('%.2f', of_kpi.skewness),
                    printf('%.1f', 100 * of_kpi.response_rate),
                    of_use.n_answered_usage::varchar,
                    printf('%.1f', 100 * of_use.in_use_rate)
                ]
            )
        ) as allowed
    from items
    left join shown.kpi.kpi_performance as of_kpi
        on
            items.cycle = of_kpi.cycle
            and items.code = of_kpi.kpi
            and items.grouping = of_kpi.grouping
            and items.group_name = of_kpi.group_name
    left join shown.instrument.instrument_use as of_use
        on
            items.cycle = of_use.cycle
            and items.code = of_use.instrument
            and items.grouping = of_use.grouping
            and items.group_name = of_use.group_name
    group by items.cycle, items.outcome, items.grouping, items.group_name, items.need, items.evidence
)

select
    of_table,
    place,
    'a text has a number that is not shown: ' || array_to_string(list_filter(numbers, lambda n: not list_contains(allowed, n)), ', ')
from (from findings union all from needs)
where len(list_filter(numbers, lambda n: not list_contains(allowed, n))) > 0
order by all
