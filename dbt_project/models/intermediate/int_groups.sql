-- Every group that has a Member on the roster: the groups that each result by group must have.
select distinct
    cycle,
    grouping,
    group_name
from {{ ref('int_member_groups') }}
