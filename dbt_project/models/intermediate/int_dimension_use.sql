-- Use of the instruments of each dimension, over all sufficient Members (§14), as each audience sees it.
with

dimensions as (
    select * from {{ ref('stg_dimensions') }}
),

instrument_use as (
    select * from {{ ref('int_instrument_use') }}
    where grouping = 'global'
),

audiences as (
    select distinct
        cycle,
        audience
    from {{ ref('stg_audience_levels') }}
),

averaged as (
    select
        dimensions.cycle,
        audiences.audience,
        dimensions.dimension,
        count(instrument_use.instrument) as n_instruments,
        count(*) filter (where instrument_use.usage_level = 'high') as n_highly_used,
        {{ exact_mean("instrument_use.in_use_rate") }} as mean_in_use_rate
    from dimensions
    inner join audiences
        on dimensions.cycle = audiences.cycle
    left join instrument_use
        on
            dimensions.cycle = instrument_use.cycle
            and dimensions.dimension = instrument_use.dimension
            and audiences.audience = instrument_use.audience
    group by dimensions.cycle, audiences.audience, dimensions.dimension
)

select
    averaged.cycle,
    averaged.audience,
    averaged.dimension,
    averaged.n_instruments,
    averaged.n_highly_used,
    averaged.mean_in_use_rate,
    case
        when averaged.mean_in_use_rate is not null
            then dense_rank() over (
                partition by averaged.cycle, averaged.audience
                order by averaged.mean_in_use_rate desc nulls last
            )
    end as rank
from averaged
