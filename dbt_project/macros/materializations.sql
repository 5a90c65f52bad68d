{#
  A build file is begun anew each time, and nobody reads it before it is whole: what is made gets its name at once. The adapter's
  own materializations make each under another name, look for what has the name already, and rename.
  Without hooks, grants and indexes, which no model here has.
#}
{% materialization table, adapter="duckdb", supported_languages=['sql', 'python'] -%}
  {%- set relation = this.incorporate(type='table') -%}
  {%- do drop_relation_if_exists(load_cached_relation(this)) -%}
  {%- call statement('main', language=model['language']) -%}
    {{ create_table_as(false, relation, compiled_code, model['language']) }}
  {%- endcall -%}
  {%- do persist_docs(relation, model) -%}
  {%- do adapter.commit() -%}
  {{ return({'relations': [relation]}) }}
{%- endmaterialization %}

{% materialization view, adapter="duckdb" -%}
  {%- set relation = this.incorporate(type='view') -%}
  {%- do drop_relation_if_exists(load_cached_relation(this)) -%}
  {%- call statement('main') -%}
    {{ create_view_as(relation, compiled_code) }}
  {%- endcall -%}
  {%- do adapter.commit() -%}
  {{ return({'relations': [relation]}) }}
{%- endmaterialization %}

{# That a mart has the columns that are described is what its contract says; the adapter would ask the file once more. #}
{% macro duckdb__alter_column_comment(relation, column_dict) %}
  {%- for name, column in column_dict.items() %}
    comment on column {{ relation }}.{{ name }} is {{ duckdb_escape_comment(column['description']) }};
  {%- endfor %}
{% endmacro %}
