-- How each KPI's mean moved from earlier cycles: over all respondents, and over the Members present in both.
-- It alone looks at several cycles, so it is built where they first meet, in the file that joins what it reads of them.
{{ config(tags=["across_cycles"]) }}
{% set measures = ["value", "previous_value", "change"] %}
with

-- those that the last publication does not have
cycle_pairs as (
    select * from {{ ref('int_cycle_pairs') }}
    where not is_published
),

kpis as (
    select * from {{ ref('kpis') }}
),

kpi_by_group as (
    select * from {{ ref('kpi_by_group') }}
),

reported as (
    select * from {{ ref('member_kpi_values') }}
    where status = 'reported'
),

member_groups as (
    select * from {{ ref('member_groups') }}
),

compared as (
    select
        cycle_pairs.cycle,
        cycle_pairs.previous_cycle,
        cycle_pairs.data_origin,
        kpis.kpi,
        previous.kpi is not null as is_in_previous,
        previous.kpi is not null
        and kpis.formula = previous.formula
        and kpis.scale = previous.scale
        and kpis.unit = previous.unit
        and kpis.numerator = previous.numerator
        and coalesce(kpis.denominator, '') = coalesce(previous.denominator, '') as is_comparable
    from cycle_pairs
    inner join kpis
        on cycle_pairs.cycle = kpis.cycle
    left join kpis as previous
        on cycle_pairs.previous_cycle = previous.cycle and kpis.kpi = previous.kpi
),

-- a Member's group is the one it has in the later cycle
panel_answers as (
    select
        compared.cycle,
        compared.previous_cycle,
        compared.kpi,
        member_groups.grouping,
        member_groups.group_name,
        reported.value,
        previous.value as previous_value,
        reported.value - previous.value as change
    from compared
    inner join reported
        on compared.cycle = reported.cycle and compared.kpi = reported.kpi
    inner join reported as previous
        on
            compared.previous_cycle = previous.cycle
            and compared.kpi = previous.kpi
            and reported.member = previous.member
    inner join member_groups
        on reported.cycle = member_groups.cycle and reported.member = member_groups.member
    where compared.is_comparable
),

panel_ranges as (
    select
        cycle,
        previous_cycle,
        kpi,
        grouping,
        group_name,
        {% for measure in measures %}
            min({{ measure }}) as {{ measure }}_minimum,
            max({{ measure }}) as {{ measure }}_maximum,
            {{ range_unit("min(" ~ measure ~ ")", "max(" ~ measure ~ ")") }} as {{ measure }}_unit,
        {% endfor %}
        count(*) as n_panel
    from panel_answers
    group by cycle, previous_cycle, kpi, grouping, group_name
),

panel_means as (
    select
        panel_ranges.cycle,
        panel_ranges.previous_cycle,
        panel_ranges.kpi,
        panel_ranges.grouping,
        panel_ranges.group_name,
        {% for measure in measures %}
            {{ mean_of_distances(
                "any_value(panel_ranges." ~ measure ~ "_minimum)",
                exact_mean(
                    "(panel_answers." ~ measure ~ " - panel_ranges." ~ measure ~ "_minimum)"
                    ~ " / panel_ranges." ~ measure ~ "_unit"
                ),
                "any_value(panel_ranges." ~ measure ~ "_minimum)",
                "any_value(panel_ranges." ~ measure ~ "_maximum)",
                "any_value(panel_ranges." ~ measure ~ "_unit)"
            ) }} as mean_{{ measure }},
        {% endfor %}
        any_value(panel_ranges.n_panel) as n_panel
    from panel_answers
    inner join panel_ranges
        on
            panel_answers.cycle = panel_ranges.cycle
            and panel_answers.previous_cycle = panel_ranges.previous_cycle
            and panel_answers.kpi = panel_ranges.kpi
            and panel_answers.grouping = panel_ranges.grouping
            and panel_answers.group_name = panel_ranges.group_name
    group by
        panel_ranges.cycle,
        panel_ranges.previous_cycle,
        panel_ranges.kpi,
        panel_ranges.grouping,
        panel_ranges.group_name
),

reasoned as (
    select
        compared.cycle,
        compared.previous_cycle,
        compared.data_origin,
        compared.kpi,
        kpi_by_group.grouping,
        kpi_by_group.group_name,
        kpi_by_group.unit,
        compared.is_comparable,
        case
            when not compared.is_in_previous then 'new KPI'
            when not compared.is_comparable then 'definition changed'
            when previous.kpi is null then 'new group'
            when kpi_by_group.mean is null or previous.mean is null then 'not reported'
        end as reason,
        kpi_by_group.n_reported,
        previous.n_reported as previous_n_reported,
        kpi_by_group.mean,
        previous.mean as previous_mean
    from compared
    inner join kpi_by_group
        on compared.cycle = kpi_by_group.cycle and compared.kpi = kpi_by_group.kpi
    left join kpi_by_group as previous
        on
            compared.previous_cycle = previous.cycle
            and compared.is_comparable
            and kpi_by_group.kpi = previous.kpi
            and kpi_by_group.grouping = previous.grouping
            and kpi_by_group.group_name = previous.group_name
)

select
    reasoned.cycle,
    reasoned.previous_cycle,
    reasoned.kpi,
    reasoned.grouping,
    reasoned.group_name,
    reasoned.unit,
    reasoned.is_comparable,
    reasoned.reason,
    reasoned.n_reported,
    coalesce(reasoned.previous_n_reported, 0) as previous_n_reported,
    reasoned.mean,
    reasoned.previous_mean,
    reasoned.mean - reasoned.previous_mean as change,
    coalesce(panel_means.n_panel, 0) as n_panel,
    panel_means.mean_value as panel_mean,
    panel_means.mean_previous_value as previous_panel_mean,
    panel_means.mean_change as panel_change,
    null::string as suppression,
    reasoned.data_origin
from reasoned
left join panel_means
    on
        reasoned.cycle = panel_means.cycle
        and reasoned.previous_cycle = panel_means.previous_cycle
        and reasoned.kpi = panel_means.kpi
        and reasoned.grouping = panel_means.grouping
        and reasoned.group_name = panel_means.group_name
order by
    reasoned.cycle, reasoned.previous_cycle, reasoned.kpi, reasoned.grouping, reasoned.group_name
