-- Counts of answers that the audience may not see and that are not rounded, or not as the policy says; and what is said beside
-- them and does not follow from them.
with

policy as (
    select
        cycle,
        coalesce(max(value) filter (where policy = 'count_rounding_base'), 3) as base,
        max(value) filter (where policy = 'high_usage_rate') as high_usage_rate,
        max(value) filter (where policy = 'low_usage_rate') as low_usage_rate,
        max(value) filter (where policy = 'low_planned_use_rate') as low_planned_use_rate,
        max(value) filter (where policy = 'high_awareness_rate') as high_awareness_rate
    from internal.reference.policy
    group by cycle
),

hidden as (
    select
        cycle,
        instrument
    from internal.reference.instruments
    where disclosure not in (select level from levels)
),

uses as (
    select
        own.*,
        truth.n_aware as true_n_aware,
        truth.n_in_use as true_n_in_use,
        truth.n_plans_to_use as true_n_plans_to_use,
        truth.n_no_plans as true_n_no_plans,
        policy.*
    from shown.instrument.instrument_use as own
    semi join hidden
        on own.cycle = hidden.cycle and own.instrument = hidden.instrument
    inner join policy
        on own.cycle = policy.cycle
    left join internal.instrument.instrument_use as truth
        on
            own.cycle = truth.cycle
            and own.instrument = truth.instrument
            and own.grouping = truth.grouping
            and own.group_name = truth.group_name
),

counts as (
    unpivot (
        select
            cycle,
            instrument,
            grouping,
            group_name,
            base,
            [n_aware, true_n_aware, n_answered_awareness] as n_aware,
            [n_in_use, true_n_in_use, n_answered_usage] as n_in_use,
            [n_plans_to_use, true_n_plans_to_use, n_answered_usage] as n_plans_to_use,
            [n_no_plans, true_n_no_plans, n_answered_usage] as n_no_plans
        from uses
    )
    on n_aware, n_in_use, n_plans_to_use, n_no_plans
    into name figure value counted
)

select
    'instrument.instrument_use' as of_table,
    concat_ws(', ', cycle, instrument, grouping, group_name) as place,
    figure || ' is a count of answers that the audience may not see, and is not rounded as it should be' as what
from counts
where
    counted[1] is not null
    and counted[1] is distinct from least(
        floor(counted[2] / base + 0.5) * base, floor(counted[3] / base) * base
    )
union all
select
    'instrument.instrument_use',
    concat_ws(', ', cycle, instrument, grouping, group_name),
    'a rate or a level is not that of the rounded counts'
from uses
where
    abs(awareness_rate - n_aware / nullif(n_answered_awareness, 0)) > 1e-12
    or abs(in_use_rate - n_in_use / nullif(n_answered_usage, 0)) > 1e-12
    or abs(plans_to_use_rate - n_plans_to_use / nullif(n_answered_usage, 0)) > 1e-12
    or abs(no_plans_rate - n_no_plans / nullif(n_answered_usage, 0)) > 1e-12
    or (awareness_rate is not null and n_aware is null)
    or (coalesce(in_use_rate, plans_to_use_rate, no_plans_rate) is not null and n_in_use is null)
    or (usage_level is not null and n_in_use is null)
    or (is_awareness_high is not null and is_awareness_high != (awareness_rate >= high_awareness_rate))
    or (is_planned_use_low is not null and is_planned_use_low != (plans_to_use_rate < low_planned_use_rate))
    or usage_level != case
        when in_use_rate is null then 'not_answered'
        when in_use_rate >= high_usage_rate then 'high'
        when in_use_rate < low_usage_rate then 'low'
        else 'middle'
    end
union all
select
    'correlation.instrument_kpi',
    concat_ws(', ', own.cycle, own.instrument, own.kpi, own.measure),
    'tells of answers that the audience may not see more than a class: a coefficient, or a note'
from shown.correlation.instrument_kpi as own
semi join hidden
    on own.cycle = hidden.cycle and own.instrument = hidden.instrument
where
    coalesce(own.spearman_rho, own.ci_low, own.ci_high, own.kendall_tau_b, own.p_value, own.q_value) is not null
    or own.p_method is not null
    or own.note not in ('too few pairs', 'no direction')
union all
select
    'correlation.instrument_findings',
    concat_ws(', ', own.cycle, own.instrument, own.kpi),
    'tells of answers that the audience may not see more than a class: a coefficient'
from shown.correlation.instrument_findings as own
semi join hidden
    on own.cycle = hidden.cycle and own.instrument = hidden.instrument
where coalesce(own.spearman_rho, own.q_value) is not null or own.is_significant is not null
order by all
