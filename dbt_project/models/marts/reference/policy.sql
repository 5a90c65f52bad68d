with

policy as (
    select * from {{ ref('stg_policy') }}
)

select
    policy.cycle,
    policy.policy,
    policy.value,
    policy.description,
    policy.source,
    {{ data_origin("policy") }} as data_origin
from policy
