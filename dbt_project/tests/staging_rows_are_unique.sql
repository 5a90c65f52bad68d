-- Made by `make docs` from orchestration/warehouse/raw_schema.py; change it there, not here.
-- No two rows of a staging model have one key: all that joins them begins here, and would count twice.
-- One test for all of them, since dbt takes longer to begin a test than to run it.
-- Dagster shows it as a check of the model that it names.
{{ config(meta={"dagster": {"ref": {"name": "stg_submissions"}}}) }}
with

keys as (
    select
        'stg_cycles' as model,
        [cycle::varchar] as row_key
    from {{ ref('stg_cycles') }}
    union all
    select
        'stg_groupings' as model,
        [cycle::varchar, grouping::varchar] as row_key
    from {{ ref('stg_groupings') }}
    union all
    select
        'stg_roster' as model,
        [cycle::varchar, member::varchar] as row_key
    from {{ ref('stg_roster') }}
    union all
    select
        'stg_roster_groups' as model,
        [cycle::varchar, member::varchar, grouping::varchar] as row_key
    from {{ ref('stg_roster_groups') }}
    union all
    select
        'stg_policy' as model,
        [cycle::varchar, policy::varchar] as row_key
    from {{ ref('stg_policy') }}
    union all
    select
        'stg_disclosure_levels' as model,
        [cycle::varchar, disclosure::varchar] as row_key
    from {{ ref('stg_disclosure_levels') }}
    union all
    select
        'stg_audience_levels' as model,
        [cycle::varchar, audience::varchar, disclosure::varchar] as row_key
    from {{ ref('stg_audience_levels') }}
    union all
    select
        'stg_dimensions' as model,
        [cycle::varchar, dimension::varchar] as row_key
    from {{ ref('stg_dimensions') }}
    union all
    select
        'stg_outcomes' as model,
        [cycle::varchar, outcome::varchar] as row_key
    from {{ ref('stg_outcomes') }}
    union all
    select
        'stg_kpis' as model,
        [cycle::varchar, kpi::varchar] as row_key
    from {{ ref('stg_kpis') }}
    union all
    select
        'stg_instruments' as model,
        [cycle::varchar, instrument::varchar] as row_key
    from {{ ref('stg_instruments') }}
    union all
    select
        'stg_instrument_outcomes' as model,
        [cycle::varchar, instrument::varchar, outcome::varchar] as row_key
    from {{ ref('stg_instrument_outcomes') }}
    union all
    select
        'stg_sdgs' as model,
        [cycle::varchar, sdg::varchar] as row_key
    from {{ ref('stg_sdgs') }}
    union all
    select
        'stg_outcome_sdgs' as model,
        [cycle::varchar, outcome::varchar, sdg::varchar] as row_key
    from {{ ref('stg_outcome_sdgs') }}
    union all
    select
        'stg_texts' as model,
        [cycle::varchar, language::varchar, kind::varchar, code::varchar] as row_key
    from {{ ref('stg_texts') }}
    union all
    select
        'stg_submissions' as model,
        [cycle::varchar, submission::varchar] as row_key
    from {{ ref('stg_submissions') }}
    union all
    select
        'stg_loads' as model,
        [cycle::varchar] as row_key
    from {{ ref('stg_loads') }}
)

select
    model,
    row_key,
    count(*) as n_rows
from keys
group by model, row_key
having count(*) > 1
