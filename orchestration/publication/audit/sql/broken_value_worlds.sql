-- Worlds that do not agree with what is shown, and with what. Figures are computed here, by the database: of each group in truth,
-- where the world is null, and in each world that changes some of its values from the true figures and these values. In all other
-- worlds they are the true ones.
with

policy as (
    select
        cycle,
        max(value) filter (where policy = 'skewness_threshold') as moderate,
        max(value) filter (where policy = 'strong_skewness_threshold') as strong,
        max(value) filter (where policy = 'minimum_reported') as minimum_reported
    from internal.reference.policy
    group by cycle
),

kpis as (
    select
        kpis.cycle,
        kpis.kpi,
        kpis.direction,
        kpis.minimum,
        kpis.maximum,
        coalesce(kpis.decimals, 1)::integer as decimals,
        bool_and(own.value = round(own.value) and coalesce(kpis.decimals, 1) = 0) as is_whole
    from internal.reference.kpis as kpis
    inner join internal.kpi.member_kpi_values as own
        on kpis.cycle = own.cycle and kpis.kpi = own.kpi and own.status = 'reported'
    group by all
),

in_groups as (
    select
        own_values.number,
        members.group_number,
        own_values.member_number,
        own_values.value
    from own_values
    inner join numbered_member_groups as members
        on own_values.member_number = members.member_number
),

-- of each group in truth: its values in their order, and sums of powers of what they are away from their mean
ordered_values as (
    select
        number,
        group_number,
        member_number,
        value,
        row_number() over (partition by number, group_number order by value) as place,
        avg(value) over (partition by number, group_number) as center
    from in_groups
),

true_sums as (
    select
        number,
        group_number,
        count(*) as n,
        any_value(center) as center,
        sum(value - center) as sum_1,
        sum(pow(value - center, 2)) as sum_2,
        sum(pow(value - center, 3)) as sum_3
    from ordered_values
    group by number, group_number
),

-- what a world changes in a group: places that are left, values that are there instead, and how far that moves the sums
moved as (
    select
        changes.number,
        changes.world,
        own.group_number,
        count(*) as n_moved,
        list(own.place) as places,
        list(changes.value) as there_instead,
        sum(changes.value - own.value) as sum_1,
        sum(pow(changes.value - own.center, 2) - pow(own.value - own.center, 2)) as sum_2,
        sum(pow(changes.value - own.center, 3) - pow(own.value - own.center, 3)) as sum_3
    from changed_values as changes
    inner join ordered_values as own
        on changes.number = own.number and changes.member_number = own.member_number
    group by changes.number, changes.world, own.group_number
    union all
    select
        number,
        null,
        group_number,
        0,
        [],
        [],
        0,
        0,
        0
    from true_sums
),

-- the least, the quartiles and the greatest lie at a place, or in proportion between one and the next
quarters as (
    select
        moved.number,
        moved.world,
        moved.group_number,
        moved.n_moved,
        moved.places,
        moved.there_instead,
        sums.n,
        unnest([0, 1, 2, 3, 4]) as quarter,
        (sums.n - 1) * unnest([0, 1, 2, 3, 4]) // 4 + 1 as place,
        ((sums.n - 1) * unnest([0, 1, 2, 3, 4]) % 4) / 4 as rest
    from moved
    inner join true_sums as sums
        on moved.number = sums.number and moved.group_number = sums.group_number
),

near as (
    select
        number,
        world,
        group_number,
        quarter,
        unnest(range(greatest(place - n_moved, 1), least(place + 1 + n_moved, n) + 1)) as near_place
    from quarters
),

-- no more values than are moved come in before a place, or leave before it: what is there then is among those near it and those
-- that come in
near_values as (
    select
        near.number,
        near.world,
        near.group_number,
        near.quarter,
        list(own.value) as near_values,
        list(own.place) as near_places
    from near
    inner join ordered_values as own
        on near.number = own.number and near.group_number = own.group_number and near.near_place = own.place
    group by near.number, near.world, near.group_number, near.quarter
),

there as (
    select
        quarters.number,
        quarters.world,
        quarters.group_number,
        quarters.quarter,
        quarters.rest,
        list_sort(list_concat(
            list_filter(near.near_values, lambda value, i: not list_contains(quarters.places, near.near_places[i])),
            quarters.there_instead
        )) as sorted_values,
        -- at which of them: those before them that stay are left out
        quarters.place - greatest(quarters.place - quarters.n_moved - 1, 0)
        + len(list_filter(quarters.places, lambda left_place: left_place < quarters.place - quarters.n_moved)) as at_place
    from quarters
    inner join near_values as near
        on
            quarters.number = near.number
            and quarters.world is not distinct from near.world
            and quarters.group_number = near.group_number
            and quarters.quarter = near.quarter
),

of_quarters as (
    select
        number,
        world,
        group_number,
        list(
            sorted_values[at_place] + if(rest > 0, (sorted_values[at_place + 1] - sorted_values[at_place]) * rest, 0)
            order by quarter
        ) as quarters
    from there
    group by number, world, group_number
),

sums as (
    select
        moved.number,
        moved.world,
        moved.group_number,
        sums.n,
        sums.center + (sums.sum_1 + moved.sum_1) / sums.n as mean,
        (sums.sum_1 + moved.sum_1) / sums.n as away,
        sums.sum_2 + moved.sum_2 as sum_2,
        sums.sum_3 + moved.sum_3 as sum_3
    from moved
    inner join true_sums as sums
        on moved.number = sums.number and moved.group_number = sums.group_number
),

of_groups as (
    select
        sums.number,
        sums.world,
        sums.group_number,
        sums.n,
        sums.mean,
        of_quarters.quarters[2:4] as quartiles,
        greatest(sums.sum_2 - sums.n * pow(sums.away, 2), 0) as squares,
        sums.sum_3 - 3 * sums.away * sums.sum_2 + 2 * sums.n * pow(sums.away, 3) as cubes,
        if(sums.n >= 2, sqrt(squares / (sums.n - 1)), null) as stddev,
        if(
            sums.n >= 3
            and of_quarters.quarters[5] - of_quarters.quarters[1]
            > 1e-12 * greatest(abs(of_quarters.quarters[5]), abs(of_quarters.quarters[1])),
            sqrt(sums.n * (sums.n - 1.0)) / (sums.n - 2) * (cubes / sums.n) / pow(squares / sums.n, 1.5),
            null
        ) as skewness
    from sums
    inner join of_quarters
        on
            sums.number = of_quarters.number
            and sums.world is not distinct from of_quarters.world
            and sums.group_number = of_quarters.group_number
),

figures as (
    select
        subjects.cycle,
        subjects.kpi,
        groups.grouping,
        groups.group_name,
        kpis.decimals,
        kpis.direction,
        of_groups.* exclude (number, group_number, squares, cubes)
    from of_groups
    inner join numbered_kpis as subjects
        on of_groups.number = subjects.number
    inner join numbered_groups as groups
        on of_groups.group_number = groups.group_number
    inner join kpis
        on subjects.cycle = kpis.cycle and subjects.kpi = kpis.kpi
),

changed as (
    select
        subjects.cycle,
        subjects.kpi,
        worlds.world,
        members.member,
        worlds.value
    from changed_values as worlds
    inner join numbered_kpis as subjects
        on worlds.number = subjects.number
    inner join numbered_members as members
        on worlds.member_number = members.member_number
),

judged as (
    select
        figures.*,
        if(figures.direction = 'lower', -figures.skewness, figures.skewness) as away,
        figures.direction != 'none'
        and figures.n >= greatest(policy.minimum_reported, 3)
        and figures.skewness is not null as is_judged,
        policy.moderate,
        policy.strong
    from figures
    inner join policy
        on figures.cycle = policy.cycle
),

judgements as (
    select
        *,
        case
            when not is_judged then 'not_evaluated'
            when away <= -moderate then 'well_performing'
            when away >= moderate then 'low_performing'
            else 'balanced'
        end as performance,
        if(is_judged and abs(skewness) >= moderate, if(abs(skewness) >= strong, 'strong', 'moderate'), null) as degree
    from judged
),

panels as (
    select
        trends.cycle,
        trends.previous_cycle,
        trends.kpi,
        trends.grouping,
        trends.group_name,
        trends.panel_mean,
        trends.previous_panel_mean,
        members.member
    from shown.aggregate.kpi_trends as trends
    inner join internal.reference.member_groups as members
        on
            trends.cycle = members.cycle
            and trends.grouping = members.grouping
            and trends.group_name = members.group_name
    inner join internal.kpi.member_kpi_values as own
        on
            trends.cycle = own.cycle
            and trends.kpi = own.kpi
            and members.member = own.member
            and own.status = 'reported'
    inner join internal.kpi.member_kpi_values as previous
        on
            trends.previous_cycle = previous.cycle
            and trends.kpi = previous.kpi
            and members.member = previous.member
            and previous.status = 'reported'
    where coalesce(trends.panel_mean, trends.previous_panel_mean, trends.panel_change) is not null
),

sides as (
    select
        cycle as side,
        * exclude (panel_mean, previous_panel_mean),
        panel_mean as shown_mean
    from panels
    union all
    select
        previous_cycle,
        * exclude (panel_mean, previous_panel_mean),
        previous_panel_mean
    from panels
),

numbered_sides as (
    select
        subjects.number,
        members.member_number,
        sides.* exclude (side, member),
        kpis.decimals
    from sides
    inner join numbered_kpis as subjects
        on sides.side = subjects.cycle and sides.kpi = subjects.kpi
    inner join numbered_members as members
        on sides.side = members.cycle and sides.member = members.member
    inner join kpis
        on sides.side = kpis.cycle and sides.kpi = kpis.kpi
),

worlds_of_panels as (
    select distinct
        changes.number,
        changes.world,
        sides.grouping,
        sides.group_name,
        sides.cycle,
        sides.previous_cycle
    from changed_values as changes
    inner join numbered_sides as sides
        on changes.number = sides.number and changes.member_number = sides.member_number
    union all
    select distinct
        number,
        null,
        grouping,
        group_name,
        cycle,
        previous_cycle
    from numbered_sides
),

panel_figures as (
    select
        worlds.number,
        worlds.world,
        sides.grouping,
        sides.group_name,
        sides.cycle as later,
        sides.previous_cycle as earlier,
        any_value(sides.shown_mean) as shown_mean,
        round(avg(coalesce(changes.value, own.value)), any_value(sides.decimals)) as mean
    from worlds_of_panels as worlds
    inner join numbered_sides as sides
        on
            worlds.number = sides.number
            and worlds.grouping = sides.grouping
            and worlds.group_name = sides.group_name
            and worlds.cycle = sides.cycle
            and worlds.previous_cycle = sides.previous_cycle
    inner join own_values as own
        on sides.number = own.number and sides.member_number = own.member_number
    left join changed_values as changes
        on worlds.number = changes.number and worlds.world = changes.world and own.member_number = changes.member_number
    group by all
),

differing as (
    select
        figures.cycle,
        figures.kpi,
        figures.world,
        figures.group_name,
        unnest([
            if(shown.mean is not null and shown.mean is distinct from round(figures.mean, figures.decimals), 'mean', null),
            if(
                shown.q1 is not null and shown.q1 is distinct from round(figures.quartiles[1], figures.decimals),
                'first quartile', null
            ),
            if(
                shown.median is not null and shown.median is distinct from round(figures.quartiles[2], figures.decimals),
                'median', null
            ),
            if(
                shown.q3 is not null and shown.q3 is distinct from round(figures.quartiles[3], figures.decimals),
                'third quartile', null
            ),
            if(
                shown.stddev is not null and shown.stddev is distinct from round(figures.stddev, figures.decimals),
                'deviation', null
            ),
            if(shown.skewness is not null and shown.skewness is distinct from round(figures.skewness, 2), 'skewness', null)
        ]) as figure
    from figures
    inner join shown.aggregate.kpi_by_group as shown
        on
            figures.cycle = shown.cycle
            and figures.kpi = shown.kpi
            and figures.grouping = shown.grouping
            and figures.group_name = shown.group_name
),

broken as (
    select
        cycle,
        kpi,
        world,
        'the ' || figure || ' of ' || group_name as what
    from differing
    where figure is not null
    union
    select
        judgements.cycle,
        judgements.kpi,
        judgements.world,
        'the judgement of ' || judgements.group_name
    from judgements
    inner join shown.kpi.kpi_performance as shown
        on
            judgements.cycle = shown.cycle
            and judgements.kpi = shown.kpi
            and judgements.grouping = shown.grouping
            and judgements.group_name = shown.group_name
    inner join internal.kpi.kpi_performance as own
        on
            judgements.cycle = own.cycle
            and judgements.kpi = own.kpi
            and judgements.grouping = own.grouping
            and judgements.group_name = own.group_name
    where
        (shown.performance is not null and judgements.performance is distinct from shown.performance)
        or (shown.degree is not null and judgements.degree is distinct from shown.degree)
        or (shown.performance is not null and judgements.degree is distinct from own.degree)
        -- that most do well is shown by goals, whatever else is withheld
        or (
            judgements.grouping = 'global'
            and (judgements.performance = 'well_performing') != (own.performance = 'well_performing')
        )
    union
    select
        subjects.cycle,
        subjects.kpi,
        panels.world,
        'the panel of ' || panels.group_name || ' (' || panels.earlier || ' and ' || panels.later || ')'
    from panel_figures as panels
    inner join numbered_kpis as subjects
        on panels.number = subjects.number
    where panels.shown_mean is not null and panels.shown_mean is distinct from panels.mean
    union
    select
        changed.cycle,
        changed.kpi,
        changed.world,
        'the value of ' || changed.member || ', which is shown'
    from changed
    semi join shown.kpi.member_kpi_values as shown
        on changed.cycle = shown.cycle and changed.kpi = shown.kpi and changed.member = shown.member
    -- what an earlier publication shows of somebody who would rather not have it shown any more is known, and lost
    anti join narrowed
        on changed.cycle = narrowed.cycle and changed.kpi = narrowed.kpi and changed.member = narrowed.member
    union
    select
        changed.cycle,
        changed.kpi,
        changed.world,
        'what is possible: ' || changed.member || ' would have ' || changed.value
    from changed
    inner join kpis
        on changed.cycle = kpis.cycle and changed.kpi = kpis.kpi
    where
        changed.value < kpis.minimum
        or changed.value > kpis.maximum
        or (kpis.is_whole and changed.value != round(changed.value))
)

-- with what the truth does not agree, no world does
select
    broken.cycle,
    broken.kpi,
    worlds.world,
    broken.what
from broken
inner join numbered_kpis as subjects
    on broken.cycle = subjects.cycle and broken.kpi = subjects.kpi
inner join worlds
    on subjects.number = worlds.number and (broken.world is null or broken.world = worlds.world)
order by all
