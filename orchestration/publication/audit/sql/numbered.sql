-- KPIs, as the proof numbers them, Members and groups: of many Members there are millions of values, each in several groups.
create or replace temp table numbered_kpis as
select
    number,
    cycle,
    subject as kpi
from proof.subjects
where audience = getvariable('audience') and measure is null;

create or replace temp table numbered_members as
select
    row_number() over (order by cycle, member)::integer as member_number,
    cycle,
    member
from (select distinct cycle, member from internal.kpi.member_kpi_values where status = 'reported');

create or replace temp table numbered_groups as
select
    row_number() over (order by cycle, grouping, group_name)::integer as group_number,
    cycle,
    grouping,
    group_name
from (select distinct cycle, grouping, group_name from internal.reference.member_groups);

create or replace temp table numbered_member_groups as
select
    members.member_number,
    groups.group_number
from internal.reference.member_groups as own
inner join numbered_members as members
    on own.cycle = members.cycle and own.member = members.member
inner join numbered_groups as groups
    on own.cycle = groups.cycle and own.grouping = groups.grouping and own.group_name = groups.group_name
