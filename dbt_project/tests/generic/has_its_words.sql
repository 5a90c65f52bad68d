{# Each column that declares its words (`values` in the mart's YAML) has no other; a null is the contract's business. #}
{% test has_its_words(model) %}
    {%- set found = [] -%}
    {%- set nodes = graph.nodes.values() if execute else [] -%}
    {%- for node in nodes if node.resource_type == "model" and node.name == model.identifier -%}
        {%- for column in node.columns.values() if column.config.meta.get("values") -%}
            {%- do found.append(column.name ~ " not in ('" ~ column.config.meta["values"] | join("', '") ~ "')") -%}
        {%- endfor -%}
    {%- endfor %}
    select *
    from {{ model }}
    where {{ found | join("\n        or ") if found else "false" }}
{% endtest %}
