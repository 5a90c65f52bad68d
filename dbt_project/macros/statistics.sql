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
  which loses all digits where values are large and close together. Deviations may be in any unit: it has none.
#}
{% macro skewness(n, sum_squares, sum_cubes, varies) -%}
    case
        when {{ n }} >= 3 and {{ varies }}
            then sqrt({{ n }} * ({{ n }} - 1e0)) / ({{ n }} - 2)
                * ({{ sum_cubes }} / {{ n }}) / pow({{ sum_squares }} / {{ n }}, 1.5)
    end
{%- endmacro %}

{#
  The unit in which a group's values are summed: a power of two as large as their range, so that distances from one of them
  are -1 to 1 and lose no digit. Sums of distances keep the digits that sums of large values would lose.
#}
{% macro range_unit(minimum, maximum) -%}
    case when {{ maximum }} > {{ minimum }} then pow(2, ceil(log2({{ maximum }} - {{ minimum }}))) else 1 end
{%- endmacro %}

{# The sum of numbers from -1 to 1; null where there are none. #}
{% macro exact_sum(number) -%}
    sum({{ fixed_point(number) }})::double / pow(2, 62)
{%- endmacro %}

{#
  The mean of numbers from -1 to 1, to 2^-62; null where there are none. That of equal numbers of no more digits is the
  number itself.
#}
{% macro exact_mean(number) -%}
    ({{ whole_quotient("sum(" ~ fixed_point(number) ~ ")", "count(" ~ number ~ ")") }})::double / pow(2, 62)
{%- endmacro %}

{# The mean of values from that of their distances from one value; never below the least of them, or above the greatest. #}
{% macro mean_of_distances(value, mean_distance, minimum, maximum, unit) -%}
    least(greatest({{ value }} + {{ unit }} * {{ mean_distance }}, {{ minimum }}), {{ maximum }})
{%- endmacro %}

{# The sum of squared deviations from the mean, from the mean and the sum of squares of distances from one value. #}
{% macro squared_deviations(n, mean_distance, sum_squares) -%}
    greatest({{ sum_squares }} - {{ n }} * {{ mean_distance }} * {{ mean_distance }}, 0)
{%- endmacro %}

{# The sum of cubed deviations from the mean, likewise. #}
{% macro cubed_deviations(n, mean_distance, sum_squares, sum_cubes) -%}
    {{ sum_cubes }} - 3 * {{ mean_distance }} * {{ sum_squares }}
    + 2 * {{ n }} * {{ mean_distance }} * {{ mean_distance }} * {{ mean_distance }}
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
            then sqrt(6e0 * {{ n }} * ({{ n }} - 1) / (({{ n }} - 2e0) * ({{ n }} + 1) * ({{ n }} + 3)))
    end
{%- endmacro %}

{#
  A count rounded to the nearest multiple of a base, and never above the largest multiple that fits into its whole: so none
  and all stand for two counts at least, as every other does. A base of 1 leaves counts as they are.
#}
{% macro rounded_count(count, whole, base) -%}
    least({{ base }} * round({{ count }} / {{ base }}), {{ base }} * floor({{ whole }} / {{ base }}))::bigint
{%- endmacro %}
