-- Subjects of which the answers and the worlds are those of the last publication, whose audit has looked at all earlier ones.
with

subjects as (
    select
        true as is_now,
        number,
        cycle,
        subject,
        measure
    from now.subjects
    where audience = getvariable('audience')
    union all
    select
        false,
        number,
        cycle,
        subject,
        measure
    from last_proof.subjects
    where audience = getvariable('audience')
),

changes as (
    select
        true as is_now,
        number,
        sum(hash(world, member, answer)) as digest
    from now.changes
    group by number
    union all
    select
        false,
        number,
        sum(hash(world, member, answer))
    from last_proof.changes
    group by number
),

earlier_changes as (
    select
        true as is_now,
        number,
        sum(hash(world, member, truth, answer)) as digest
    from now.earlier_changes
    group by number
    union all
    select
        false,
        number,
        sum(hash(world, member, truth, answer))
    from last_proof.earlier_changes
    group by number
),

answers as (
    select
        true as is_now,
        cycle,
        kpi as subject,
        sum(hash(member, status, value, disclosure)) as digest
    from candidate.kpi.member_kpi_values
    group by all
    union all
    select
        false,
        cycle,
        kpi,
        sum(hash(member, status, value, disclosure))
    from last_internal.kpi.member_kpi_values
    group by all
    union all
    select
        true,
        cycle,
        instrument,
        sum(hash(member, aware, usage, disclosure))
    from candidate.instrument.member_instrument_answers
    group by all
    union all
    select
        false,
        cycle,
        instrument,
        sum(hash(member, aware, usage, disclosure))
    from last_internal.instrument.member_instrument_answers
    group by all
),

whole as (
    select
        subjects.is_now,
        subjects.number,
        subjects.cycle,
        subjects.subject,
        subjects.measure,
        answers.digest as answers,
        changes.digest as changes,
        earlier_changes.digest as earlier_changes
    from subjects
    inner join answers
        on subjects.is_now = answers.is_now and subjects.cycle = answers.cycle and subjects.subject = answers.subject
    left join changes
        on subjects.is_now = changes.is_now and subjects.number = changes.number
    left join earlier_changes
        on subjects.is_now = earlier_changes.is_now and subjects.number = earlier_changes.number
)

select whole.number
from whole
inner join whole as last
    on
        whole.cycle = last.cycle
        and whole.subject = last.subject
        and whole.measure is not distinct from last.measure
        and whole.answers = last.answers
        and whole.changes is not distinct from last.changes
        and whole.earlier_changes is not distinct from last.earlier_changes
where whole.is_now and not last.is_now
