{# A number as people read it, with so many decimals; null stays null. #}
{% macro rounded(number, decimals) -%}
    printf('%.{{ decimals }}f', {{ number }})
{%- endmacro %}

{# Parts of a sentence, joined; each part is an expression of text that is not null. #}
{% macro sentence(parts) -%}
    {{ parts | join("\n    || ") }}
{%- endmacro %}
