{#
  Refreshing a cycle replaces that cycle's rows and no others.

  Which cycle is being refreshed stands in raw.loads, not in --vars: variables that change make dbt parse the whole
  project again. A model that does not exist yet is built for all cycles that are loaded.
#}

{# A condition that keeps the rows of the cycle being refreshed. #}
{% macro in_refreshed_cycle(cycle="cycle") -%}
    {%- if is_incremental() -%}
        {{ cycle }} in (select loads.cycle from {{ source('raw', 'loads') }} as loads where loads.is_refreshing)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# The incremental strategy `by_cycle`. It also removes the rows of a cycle that yields none any more. #}
{% macro get_incremental_by_cycle_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where cycle in (select loads.cycle from {{ source('raw', 'loads') }} as loads where loads.is_refreshing);

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }};
{% endmacro %}
