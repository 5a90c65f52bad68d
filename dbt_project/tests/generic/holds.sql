{# Every row satisfies the expression; a null counts as satisfied, since presence is the contract's business. #}
{% test holds(model, expression) %}
    select *
    from {{ model }}
    where not ({{ expression }})
{% endtest %}
