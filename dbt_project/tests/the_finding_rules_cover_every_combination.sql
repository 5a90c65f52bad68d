-- Every performance with every level of use has a rule, and there is none for anything else.
with

performances as (
    select unnest(['well_performing', 'low_performing', 'balanced', 'not_evaluated']) as performance
),

levels as (
    select unnest(['high', 'middle', 'low', 'not_answered']) as usage_level
),

combinations as (
    select
        performances.performance,
        levels.usage_level
    from performances
    cross join levels
),

rules as (
    select
        performance,
        usage_level
    from {{ ref('int_finding_rules') }}
)

select
    combinations.performance as expected_performance,
    combinations.usage_level as expected_usage_level,
    rules.performance,
    rules.usage_level
from combinations
full join rules
    on combinations.performance = rules.performance and combinations.usage_level = rules.usage_level
where combinations.performance is null or rules.performance is null
