{#
  Refreshing a cycle replaces that cycle's rows and no others.

  Which cycle is being refreshed stands in raw.loads, not in --vars: variables that change make dbt parse the whole
  project again. A model that does not exist yet is built for all cycles that are loaded.

  A row that compares two cycles (it has a column previous_cycle) belongs to both: the refresh of either replaces it.
#}

{% macro refreshed_cycles() -%}
    (select loads.cycle from {{ source('raw', 'loads') }} as loads where loads.is_refreshing)
{%- endmacro %}

{# A condition that keeps the rows of the cycle being refreshed. #}
{% macro in_refreshed_cycle(cycle="cycle") -%}
    {%- if is_incremental() -%}
        {{ cycle }} in {{ refreshed_cycles() }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# A condition that keeps the rows of a pair of cycles of which one is being refreshed. #}
{% macro in_refreshed_cycle_pair(cycle, previous_cycle) -%}
    ({{ in_refreshed_cycle(cycle) }} or {{ in_refreshed_cycle(previous_cycle) }})
{%- endmacro %}

{# The incremental strategy `by_cycle`. It also removes the rows of a cycle that yields none any more. #}
{% macro get_incremental_by_cycle_sql(arg_dict) %}
    {%- set names = arg_dict["dest_columns"] | map(attribute="name") | list -%}
    {%- set columns = get_quoted_csv(names) -%}
    delete from {{ arg_dict["target_relation"] }}
    where
        cycle in {{ refreshed_cycles() }}
        {%- if "previous_cycle" in names %}
        or previous_cycle in {{ refreshed_cycles() }}
        {%- endif %};

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }};
{% endmacro %}
