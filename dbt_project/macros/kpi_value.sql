{#
  A KPI's value from its figures, in its unit (docs/design.md section 2): the one home of the three formulas.

  ratio      scale x numerator / denominator
  variation  scale x (current - previous) / previous, scale being 100
  value      as given

  first_figure, second_figure: the KPI's figures in the order of its formula; null where one is missing. Zero divisors are set aside
  at intake, and give null here all the same.
#}
{% macro kpi_value(formula, scale, first_figure, second_figure) -%}
    case {{ formula }}
        when 'ratio' then {{ scale }} * {{ first_figure }} / nullif({{ second_figure }}, 0)
        when 'variation' then {{ scale }} * ({{ first_figure }} - {{ second_figure }}) / nullif({{ second_figure }}, 0)
        when 'value' then {{ first_figure }}
    end
{%- endmacro %}
