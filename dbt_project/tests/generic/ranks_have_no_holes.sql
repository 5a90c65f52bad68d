{# In each cycle the ranks are 1, 2, 3 and so on; equal places may share one. #}
{% test ranks_have_no_holes(model, rank) %}
    select
        cycle,
        count(distinct {{ rank }}) as n_ranks,
        max({{ rank }}) as last_rank
    from {{ model }}
    group by cycle
    having count(distinct {{ rank }}) != coalesce(max({{ rank }}), 0) or min({{ rank }}) != 1
{% endtest %}
