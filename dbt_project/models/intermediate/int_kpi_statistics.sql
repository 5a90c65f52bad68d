-- Statistics of each KPI by group, over sufficient Members with a reported value, each Member counting once.
-- Marts read them here and not from one another, so that checks of marts stand between all marts and the publication.
with

kpi_groups as (
    select * from {{ ref('int_kpi_groups') }}
),

group_answers as (
    select * from {{ ref('int_group_answers') }}
),

kpi_ranges as (
    select * from {{ ref('int_kpi_ranges') }}
),

distances as (
    select
        kpi_ranges.kpi,
        kpi_ranges.group_number,
        (group_answers.value - {{ element("kpi_ranges.quartiles", 2) }}) / kpi_ranges.range_unit as distance
    from group_answers
    inner join kpi_ranges
        on group_answers.kpi = kpi_ranges.kpi and group_answers.group_number = kpi_ranges.group_number
    where group_answers.value is not null
),

-- read once: a mean is never further from the median than a standard deviation, so that no digits are lost where its
-- share is taken out of the sums of squares and cubes
moments as (
    select
        kpi,
        group_number,
        {{ exact_mean("distance") }} as mean_distance,
        {{ exact_sum("distance * distance") }} as sum_squares,
        {{ exact_sum("distance * distance * distance") }} as sum_cubes
    from distances
    group by kpi, group_number
),

deviations as (
    select
        moments.kpi,
        moments.group_number,
        moments.mean_distance,
        {{ squared_deviations("kpi_ranges.n_reported", "moments.mean_distance", "moments.sum_squares") }}
            as sum_squares,
        {{ cubed_deviations(
            "kpi_ranges.n_reported", "moments.mean_distance", "moments.sum_squares", "moments.sum_cubes"
        ) }} as sum_cubes
    from moments
    inner join kpi_ranges
        on moments.kpi = kpi_ranges.kpi and moments.group_number = kpi_ranges.group_number
)

select
    kpi_groups.cycle,
    kpi_groups.kpi,
    kpi_groups.grouping,
    kpi_groups.group_name,
    kpi_groups.unit,
    coalesce(kpi_ranges.n_members, 0) as n_members,
    coalesce(kpi_ranges.n_reported, 0) as n_reported,
    coalesce(kpi_ranges.n_not_applicable, 0) as n_not_applicable,
    coalesce(kpi_ranges.n_not_available, 0) as n_not_available,
    {{ share("kpi_ranges.n_reported", "(kpi_ranges.n_members - kpi_ranges.n_not_applicable)") }} as response_rate,
    {{ mean_of_distances(
        element("kpi_ranges.quartiles", 2),
        "deviations.mean_distance",
        "kpi_ranges.minimum",
        "kpi_ranges.maximum",
        "kpi_ranges.range_unit"
    ) }} as mean,
    {{ element("kpi_ranges.quartiles", 2) }} as median,
    {{ element("kpi_ranges.quartiles", 1) }} as q1,
    {{ element("kpi_ranges.quartiles", 3) }} as q3,
    kpi_ranges.range_unit * {{ sample_stddev("kpi_ranges.n_reported", "deviations.sum_squares") }} as stddev,
    kpi_ranges.minimum,
    kpi_ranges.maximum,
    {{ skewness(
        "kpi_ranges.n_reported",
        "deviations.sum_squares",
        "deviations.sum_cubes",
        has_variation("kpi_ranges.minimum", "kpi_ranges.maximum")
    ) }} as skewness
from kpi_groups
left join kpi_ranges
    on kpi_groups.kpi = kpi_ranges.kpi and kpi_groups.group_number = kpi_ranges.group_number
left join deviations
    on kpi_groups.kpi = deviations.kpi and kpi_groups.group_number = deviations.group_number
