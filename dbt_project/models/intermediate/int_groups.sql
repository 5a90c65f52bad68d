-- Every group that has a Member on the roster: the groups that each result by group must have.
select distinct
    cycle,
    grouping,
    group_name,
    group_number
from {{ ref('int_member_groups') }}
