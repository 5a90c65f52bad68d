{# Whether the figures of a relation's cycle are reported or synthetic. #}
{% macro data_origin(relation) -%}
    (select max(cycles.data_origin) from {{ ref('stg_cycles') }} as cycles where cycles.cycle = {{ relation }}.cycle)
{%- endmacro %}
