-- What the publication is made of. It alone differs between two refreshes from the same files.
with

loads as (
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
    loads.cycle,
    loads.refreshed_at,
    loads.code_version,
    cycles.framework,
    loads.framework_sha256,
    loads.cycle_sha256,
    loads.submissions_sha256,
    cycles.data_origin
from loads
inner join cycles
    on loads.cycle = cycles.cycle
where {{ in_refreshed_cycle("loads.cycle") }}
