-- The values of each world of some subjects: those that the proof changes, and all others as they are.
create or replace temp table value_worlds as
with

subjects as (
    select * from numbered_kpis
    where list_contains(getvariable('subjects')::bigint[], number)
),

changes as (
    select
        subjects.number,
        changes.world,
        members.member_number,
        changes.answer
    from subjects
    inner join proof.changes as changes
        on subjects.number = changes.number
    inner join numbered_members as members
        on subjects.cycle = members.cycle and changes.member = members.member
),

-- a world whose changes are all of Members that reported nothing has the true values
worlds as (
    select distinct
        number,
        world
    from proof.changes
    where list_contains(getvariable('subjects')::bigint[], number)
),

own as (
    select
        subjects.number,
        members.member_number,
        own.value
    from subjects
    inner join internal.kpi.member_kpi_values as own
        on subjects.cycle = own.cycle and subjects.kpi = own.kpi and own.status = 'reported'
    inner join numbered_members as members
        on own.cycle = members.cycle and own.member = members.member
)

select
    own.number,
    worlds.world,
    own.member_number,
    coalesce(changes.answer, own.value) as value,
    changes.answer is not null as is_changed
from own
inner join worlds
    on own.number = worlds.number
left join changes
    on own.number = changes.number and worlds.world = changes.world and own.member_number = changes.member_number
