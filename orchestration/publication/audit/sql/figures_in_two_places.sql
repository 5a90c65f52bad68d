-- Figures that stand in more than one table and are not the same, or stand in one although they are withheld in the other.
select
    'kpi.kpi_performance' as of_table,
    concat_ws(', ', own.cycle, own.kpi, own.grouping, own.group_name) as place,
    'shows a mean or a skewness that aggregate.kpi_by_group does not show, or otherwise' as what
from shown.kpi.kpi_performance as own
inner join shown.aggregate.kpi_by_group as other
    on
        own.cycle = other.cycle
        and own.kpi = other.kpi
        and own.grouping = other.grouping
        and own.group_name = other.group_name
where
    (own.mean is not null and own.mean is distinct from other.mean)
    or (own.skewness is not null and own.skewness is distinct from other.skewness)
union all
select
    'aggregate.kpi_trends',
    concat_ws(', ', own.cycle, own.previous_cycle, own.kpi, own.grouping, own.group_name),
    'shows a mean that aggregate.kpi_by_group does not show, or otherwise'
from shown.aggregate.kpi_trends as own
left join shown.aggregate.kpi_by_group as other
    on
        own.cycle = other.cycle
        and own.kpi = other.kpi
        and own.grouping = other.grouping
        and own.group_name = other.group_name
left join shown.aggregate.kpi_by_group as previous
    on
        own.previous_cycle = previous.cycle
        and own.kpi = previous.kpi
        and own.grouping = previous.grouping
        and own.group_name = previous.group_name
where
    (own.mean is not null and own.mean is distinct from other.mean)
    or (own.previous_mean is not null and own.previous_mean is distinct from previous.mean)
union all
select
    'aggregate.kpi_trends',
    concat_ws(', ', own.cycle, own.previous_cycle, own.kpi, own.grouping, own.group_name),
    'shows a change that is not that of the means as they are shown'
from shown.aggregate.kpi_trends as own
inner join internal.reference.kpis as kpis
    on own.cycle = kpis.cycle and own.kpi = kpis.kpi
left join internal.reference.kpis as previous
    on own.previous_cycle = previous.cycle and own.kpi = previous.kpi
where
    (
        own.change is not null
        and own.change is distinct from round(
            own.mean - own.previous_mean,
            greatest(coalesce(kpis.decimals, 1), coalesce(previous.decimals, kpis.decimals, 1))::integer
        )
    )
    or (
        own.panel_change is not null
        and own.panel_change is distinct from round(
            own.panel_mean - own.previous_panel_mean,
            greatest(coalesce(kpis.decimals, 1), coalesce(previous.decimals, kpis.decimals, 1))::integer
        )
    )
union all
select
    'correlation.instrument_findings',
    concat_ws(', ', own.cycle, own.instrument, own.kpi),
    'shows a figure or a judgement that its own table does not show, or otherwise'
from shown.correlation.instrument_findings as own
inner join shown.kpi.kpi_performance as of_kpi
    on own.cycle = of_kpi.cycle and own.kpi = of_kpi.kpi and of_kpi.grouping = 'global'
inner join shown.instrument.instrument_use as of_use
    on own.cycle = of_use.cycle and own.instrument = of_use.instrument and of_use.grouping = 'global'
where
    (own.skewness is not null and own.skewness is distinct from of_kpi.skewness)
    or (own.performance is not null and own.performance is distinct from of_kpi.performance)
    or (own.degree is not null and own.degree is distinct from of_kpi.degree)
    or (own.awareness_rate is not null and own.awareness_rate is distinct from of_use.awareness_rate)
    or (own.in_use_rate is not null and own.in_use_rate is distinct from of_use.in_use_rate)
    or (own.usage_level is not null and own.usage_level is distinct from of_use.usage_level)
union all
select
    'instrument.dimension_use',
    concat_ws(', ', own.cycle, own.dimension),
    'is not the mean of the rates that are shown'
from shown.instrument.dimension_use as own
left join (
    select
        cycle,
        dimension,
        avg(in_use_rate) as mean_in_use_rate,
        count(*) filter (where usage_level is null) as n_withheld,
        count(*) filter (where usage_level = 'high') as n_highly_used
    from shown.instrument.instrument_use
    where grouping = 'global'
    group by all
) as of_uses
    on own.cycle = of_uses.cycle and own.dimension = of_uses.dimension
where
    (own.mean_in_use_rate is not null and own.n_highly_used is distinct from of_uses.n_highly_used)
    or abs(own.mean_in_use_rate - of_uses.mean_in_use_rate) > 1e-12
    or (own.mean_in_use_rate is not null and of_uses.n_withheld > 0)
union all
select
    'capacity.capacity_needs',
    concat_ws(', ', own.cycle, own.outcome, own.grouping, own.group_name, own.code),
    'names a low performance, or a low use, that its own table does not show'
from (
    select
        * exclude (kpis, instruments),
        unnest(if(need = 'low_uptake', instruments, kpis)) as code
    from shown.capacity.capacity_needs
) as own
left join shown.kpi.kpi_performance as of_kpi
    on
        own.cycle = of_kpi.cycle
        and own.code = of_kpi.kpi
        and own.grouping = of_kpi.grouping
        and own.group_name = of_kpi.group_name
left join shown.instrument.instrument_use as of_use
    on
        own.cycle = of_use.cycle
        and own.code = of_use.instrument
        and own.grouping = of_use.grouping
        and own.group_name = of_use.group_name
where
    (own.need = 'low_performance' and of_kpi.performance is distinct from 'low_performing')
    or (own.need = 'low_uptake' and of_use.usage_level is distinct from 'low')
order by all
