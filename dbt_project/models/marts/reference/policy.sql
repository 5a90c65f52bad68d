with

policy as (
    select * from {{ ref('stg_policy') }}
),

cycles as (
    select
        cycle,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    policy.cycle,
    policy.policy,
    policy.value,
    policy.description,
    policy.source,
    cycles.data_origin
from policy
inner join cycles
    on policy.cycle = cycles.cycle
where {{ in_refreshed_cycle("policy.cycle") }}
