{# Every row's key is in the other model. The key begins with the cycle, since each cycle has its own framework. #}
{% test refers_to(model, to, columns) %}
    select distinct {{ columns | join(", ") }}
    from {{ model }}
    where {% for column in columns %}{{ column }} is not null{{ " and " if not loop.last }}{% endfor %}
    except
    select {{ columns | join(", ") }}
    from {{ to }}
{% endtest %}
