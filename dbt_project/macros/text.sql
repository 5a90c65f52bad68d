{# Parts of a sentence, joined; each part is an expression of text that is not null. #}
{% macro sentence(parts) -%}
    {{ parts | join("\n    || ") }}
{%- endmacro %}
