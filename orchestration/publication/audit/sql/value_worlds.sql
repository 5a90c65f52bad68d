-- The values of each world of some subjects: those that the proof changes, and all others as they are.
create or replace temp table value_worlds as
with

subjects as (
    select
        number,
        cycle,
        subject as kpi
    from proof.subjects
    where
        audience = getvariable('audience') and measure is null
        and list_contains(getvariable('subjects')::bigint[], number)
),

worlds as (
    select distinct
        number,
        world
    from proof.changes
    where list_contains(getvariable('subjects')::bigint[], number)
)

select
    subjects.cycle,
    subjects.kpi,
    worlds.world,
    own.member,
    coalesce(changes.answer, own.value) as value,
    changes.answer is not null as is_changed
from subjects
inner join worlds
    on subjects.number = worlds.number
inner join internal.kpi.member_kpi_values as own
    on subjects.cycle = own.cycle and subjects.kpi = own.kpi and own.status = 'reported'
left join proof.changes as changes
    on subjects.number = changes.number and worlds.world = changes.world and own.member = changes.member
