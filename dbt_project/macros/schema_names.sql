{# A model's schema is the folder that it stands in: staging, intermediate, and for a mart the one that users see. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ node.fqn[-2] if node.resource_type in ("model", "unit_test") else target.schema }}
{%- endmacro %}
