{#
  What DuckDB and Spark write differently; models and other macros write what both understand, and these for the rest.
  DuckDB is what the warehouse is built with, and the reference. Spark's are in spark.sql.
#}

{# A name that may be a word of SQL. #}
{% macro quoted(name) -%}
    {{ adapter.quote(name) }}
{%- endmacro %}

{# A whole number divided by a whole number, without the rest; null where there is nothing to divide by. #}
{% macro whole_quotient(dividend, divisor) -%}
    {{ adapter.dispatch("whole_quotient")(dividend, divisor) }}
{%- endmacro %}

{% macro duckdb__whole_quotient(dividend, divisor) -%}
    {{ dividend }} // {{ divisor }}
{%- endmacro %}

{#
  Numbers from -1 to 1 as whole numbers of 2^-62, so that their sum is exact: the same in any order of the rows, and on any
  number of threads and machines, as sums of floating-point numbers are not. Their sum has more digits than they have: DuckDB
  finds room for them, Spark is told.
#}
{% macro fixed_point(number) -%}
    {{ adapter.dispatch("fixed_point")(number) }}
{%- endmacro %}

{% macro duckdb__fixed_point(number) -%}
    (({{ number }}) * pow(2, 62))::bigint
{%- endmacro %}

{# The quartiles of a group's values, exact: by linear interpolation (type 7 of Hyndman and Fan 1996). A list of three. #}
{% macro quartiles(value) -%}
    {{ adapter.dispatch("quartiles")(value) }}
{%- endmacro %}

{% macro duckdb__quartiles(value) -%}
    quantile_cont({{ value }}, [0.25, 0.5, 0.75])
{%- endmacro %}

{# A value of a list; the first is at 1. #}
{% macro element(values, position) -%}
    {{ adapter.dispatch("element")(values, position) }}
{%- endmacro %}

{% macro duckdb__element(values, position) -%}
    {{ values }}[{{ position }}]
{%- endmacro %}

{# A group's values as a list, in the order of something that no two of them share; of those only that a condition holds for. #}
{% macro ordered_list(value, by, condition="true") -%}
    {{ adapter.dispatch("ordered_list")(value, by, condition) }}
{%- endmacro %}

{% macro duckdb__ordered_list(value, by, condition) -%}
    list({{ value }} order by {{ by }}){{ " filter (where " ~ condition ~ ")" if condition != "true" }}
{%- endmacro %}

{# A list without values. #}
{% macro empty_list(type) -%}
    {{ adapter.dispatch("empty_list")(type) }}
{%- endmacro %}

{% macro duckdb__empty_list(type) -%}
    []::{{ type }}[]
{%- endmacro %}

{# A list of texts as one. #}
{% macro joined(texts, separator) -%}
    {{ adapter.dispatch("joined")(texts, separator) }}
{%- endmacro %}

{% macro duckdb__joined(texts, separator) -%}
    array_to_string({{ texts }}, '{{ separator }}')
{%- endmacro %}

{# A number as people read it, with so many decimals; null stays null. #}
{% macro rounded(number, decimals) -%}
    {{ adapter.dispatch("rounded")(number, decimals) }}
{%- endmacro %}

{% macro duckdb__rounded(number, decimals) -%}
    printf('%.{{ decimals }}f', {{ number }})
{%- endmacro %}
