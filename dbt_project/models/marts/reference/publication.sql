-- What the publication is made of. It alone differs between two refreshes from the same files.
with

refreshes as (
    select * from {{ ref('stg_loads') }}
),

cycles as (
    select
        cycle,
        framework,
        data_origin
    from {{ ref('stg_cycles') }}
)

select
    refreshes.cycle,
    refreshes.refreshed_at,
    refreshes.code_version,
    cycles.framework,
    refreshes.framework_sha256,
    refreshes.cycle_sha256,
    refreshes.submissions_sha256,
    cycles.data_origin
from refreshes
inner join cycles
    on refreshes.cycle = cycles.cycle
