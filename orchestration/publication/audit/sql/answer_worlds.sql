-- The answers that are others in each world of some subjects; the word is null where there is no such answer.
create or replace temp table answer_changes as
select
    subjects.number as subject,
    changes.world,
    own.member_number,
    own.number,
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
where
    subjects.audience = getvariable('audience')
    and list_contains(getvariable('subjects')::bigint[], subjects.number)
