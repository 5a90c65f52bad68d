{# What Spark writes for the macros of engines.sql (`make spark`, docs/scale.md). #}

{% macro spark__whole_quotient(dividend, divisor) -%}
    {{ dividend }} div nullif({{ divisor }}, 0)
{%- endmacro %}

{% macro spark__fixed_point(number) -%}
    rint(({{ number }}) * pow(2, 62))::bigint::decimal(38, 0)
{%- endmacro %}

{% macro spark__quartiles(value) -%}
    percentile({{ value }}, array(0.25, 0.5, 0.75))
{%- endmacro %}

{% macro spark__element(values, position) -%}
    element_at({{ values }}, {{ position }})
{%- endmacro %}

{% macro spark__ordered_list(value, by, condition) -%}
    transform(
        sort_array(collect_list(named_struct('place', {{ by }}, 'element', {{ value }})) filter (where {{ condition }})),
        pair -> pair.element
    )
{%- endmacro %}

{% macro spark__empty_list(type) -%}
    array()::array<{{ type }}>
{%- endmacro %}

{% macro spark__joined(texts, separator) -%}
    array_join({{ texts }}, '{{ separator }}')
{%- endmacro %}

{#- Not format_string: Java's rounds halves up, where C's, Python's and this one round what the number is in binary to even. -#}
{% macro spark__rounded(number, decimals) -%}
    format_number({{ number }}, '0.{{ "0" * decimals }}')
{%- endmacro %}
