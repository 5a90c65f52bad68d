select
    cycle,
    loaded_at as refreshed_at,
    code_version,
    framework_sha256,
    cycle_sha256,
    submissions_sha256
from {{ source('raw', 'loads') }}
