{# A share, null where there is nothing to take it of. #}
{% macro share(part, whole) -%}
    {{ part }}::double / nullif({{ whole }}, 0)
{%- endmacro %}

{#
  Whether values differ by more than the last digits of floating-point arithmetic. Values that are equal but for those
  have no shape: their skewness would be that of rounding errors.
#}
{% macro has_variation(minimum, maximum) -%}
    {{ maximum }} - {{ minimum }} > 1e-12 * greatest(abs({{ maximum }}), abs({{ minimum }}))
{%- endmacro %}

{#
  Adjusted Fisher-Pearson skewness G1 (Joanes and Gill 1998), from sums of powers of deviations from the mean; null for
  fewer than 3 values or without variation. DuckDB's own skewness() works from sums of powers of the values themselves,
  which loses all digits where values are large and close together.
#}
{% macro skewness(n, sum_squares, sum_cubes, varies) -%}
    case
        when {{ n }} >= 3 and {{ varies }}
            then sqrt({{ n }} * ({{ n }} - 1.0)) / ({{ n }} - 2)
                * ({{ sum_cubes }} / {{ n }}) / pow({{ sum_squares }} / {{ n }}, 1.5)
    end
{%- endmacro %}

{#
  Mean of the values' distances from the least of them, in an order of addition that is the same each time. Adding
  distances keeps the digits that adding large values would lose, and equal values have exactly their own mean.

  distance: the value less the least value of its group.
#}
{% macro mean_distance(distance, order_by) -%}
    avg({{ distance }} order by {{ order_by }})
{%- endmacro %}

{# Sample standard deviation from the sum of squared deviations; null for fewer than 2 values. #}
{% macro sample_stddev(n, sum_squares) -%}
    sqrt({{ sum_squares }} / nullif({{ n }} - 1, 0))
{%- endmacro %}

{#
  Standard error of the skewness G1 of a normal sample (Joanes and Gill 1998); null for fewer than 3 values.
  The product is of doubles: as whole numbers it would overflow for large n.
#}
{% macro skewness_se(n) -%}
    case
        when {{ n }} >= 3
            then sqrt(6.0 * {{ n }} * ({{ n }} - 1) / (({{ n }} - 2.0) * ({{ n }} + 1) * ({{ n }} + 3)))
    end
{%- endmacro %}

{#
  A count rounded to the nearest multiple of a base, and never above the largest multiple that fits into its whole: so none
  and all stand for two counts at least, as every other does. A base of 1 leaves counts as they are.
#}
{% macro rounded_count(count, whole, base) -%}
    least({{ base }} * round({{ count }} / {{ base }}), {{ base }} * floor({{ whole }} / {{ base }}))::bigint
{%- endmacro %}
