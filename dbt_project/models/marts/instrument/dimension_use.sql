-- Use of the instruments of each dimension, over all sufficient Members (§14).
with

dimensions as (
    select * from {{ ref('stg_dimensions') }}
),

instrument_use as (
    select * from {{ ref('int_instrument_use') }}
    where grouping = 'global'
),

averaged as (
    select
        dimensions.cycle,
        dimensions.dimension,
        count(instrument_use.instrument) as n_instruments,
        count(*) filter (where instrument_use.usage_level = 'high') as n_highly_used,
        avg(instrument_use.in_use_rate order by instrument_use.instrument) as mean_in_use_rate
    from dimensions
    left join instrument_use
        on dimensions.cycle = instrument_use.cycle and dimensions.dimension = instrument_use.dimension
    group by dimensions.cycle, dimensions.dimension
)

select
    averaged.cycle,
    averaged.dimension,
    averaged.n_instruments,
    averaged.n_highly_used,
    averaged.mean_in_use_rate,
    case
        when averaged.mean_in_use_rate is not null
            then dense_rank() over (
                partition by averaged.cycle
                order by averaged.mean_in_use_rate desc nulls last
            )
    end as rank,
    null::varchar as suppression,
    {{ data_origin("averaged") }} as data_origin
from averaged
