-- Worlds that do not agree with what is shown, and with what. Figures are computed here, by the database: of each group in truth,
-- where the world is null, and in each world that changes one of its values. In all others they are the true ones.
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
        avg(own.value) as center,
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

worlds_of_groups as (
    select distinct
        changes.number,
        changes.world,
        members.group_number
    from changed_values as changes
    inner join numbered_member_groups as members
        on changes.member_number = members.member_number
    union all
    select distinct
        number,
        null,
        group_number
    from in_groups
),

group_values as (
    select
        worlds.number,
        worlds.world,
        worlds.group_number,
        coalesce(changes.value, own.value) as value
    from worlds_of_groups as worlds
    inner join in_groups as own
        on worlds.number = own.number and worlds.group_number = own.group_number
    left join changed_values as changes
        on worlds.number = changes.number and worlds.world = changes.world and own.member_number = changes.member_number
),

of_groups as (
    select
        worlds.number,
        worlds.world,
        worlds.group_number,
        count(*) as n,
        avg(worlds.value) as mean,
        quantile_cont(worlds.value, [0.25, 0.5, 0.75]) as quartiles,
        stddev_samp(worlds.value) as stddev,
        if(
            count(*) >= 3
            and max(worlds.value) - min(worlds.value)
            > 1e-12 * greatest(abs(max(worlds.value)), abs(min(worlds.value))),
            skewness(worlds.value - centers.center),
            null
        ) as skewness
    from group_values as worlds
    inner join (
        select
            subjects.number,
            kpis.center
        from numbered_kpis as subjects
        inner join kpis
            on subjects.cycle = kpis.cycle and subjects.kpi = kpis.kpi
    ) as centers
        on worlds.number = centers.number
    group by all
),

figures as (
    select
        subjects.cycle,
        subjects.kpi,
        groups.grouping,
        groups.group_name,
        kpis.decimals,
        kpis.direction,
        of_groups.* exclude (number, group_number)
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
