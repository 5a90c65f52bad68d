-- The values of some subjects, and what each world changes of them.
create or replace temp table own_values as
select
    subjects.number,
    members.member_number,
    own.value
from numbered_kpis as subjects
inner join internal.kpi.member_kpi_values as own
    on subjects.cycle = own.cycle and subjects.kpi = own.kpi and own.status = 'reported'
inner join numbered_members as members
    on own.cycle = members.cycle and own.member = members.member
where list_contains(getvariable('subjects')::bigint[], subjects.number);

-- a world whose changes are all of Members that reported nothing has the true values
create or replace temp table worlds as
select distinct
    number,
    world
from proof.changes
where list_contains(getvariable('subjects')::bigint[], number);

create or replace temp table changed_values as
select
    subjects.number,
    changes.world,
    members.member_number,
    changes.answer as value
from numbered_kpis as subjects
inner join proof.changes as changes
    on subjects.number = changes.number
inner join numbered_members as members
    on subjects.cycle = members.cycle and changes.member = members.member
semi join own_values
    on subjects.number = own_values.number and members.member_number = own_values.member_number
