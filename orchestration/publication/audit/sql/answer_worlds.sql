-- The answers on instruments that the audience may not see, with what the proof changes of them in each world.
create temp table hidden_answers as
select
    cycle,
    instrument,
    if(name = 'aware', 'awareness', 'usage') as measure,
    member,
    word
from (unpivot internal.instrument.member_instrument_answers on aware, usage into name name value word)
where disclosure not in (select level from levels);

create temp table answer_changes as
select
    subjects.cycle,
    subjects.subject as instrument,
    subjects.measure,
    changes.world,
    changes.member,
    own.word as truth,
    changes.answer::integer as answer,
    -- as the proof counts answers, from the least on
    if(subjects.measure = 'awareness', ['no', 'yes'], ['no_plans', 'plans_to_use', 'in_use'])[changes.answer::integer + 1]
        as word
from proof.subjects as subjects
inner join proof.changes as changes
    on subjects.number = changes.number
inner join hidden_answers as own
    on
        subjects.cycle = own.cycle
        and subjects.subject = own.instrument
        and subjects.measure = own.measure
        and changes.member = own.member
where subjects.audience = getvariable('audience')
