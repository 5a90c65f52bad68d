-- The worlds of the publication that is audited, as worlds of an earlier one: an answer that is the same is one
-- unknown, an answer that was another is one of its own, of which the proof says what it could have been.
create table proof.subjects as
select
    number,
    audience,
    cycle,
    subject,
    measure
from now.subjects
where number in (select number from untried);

create temp table answers_of_both as
with

answers as (
    select
        true as is_now,
        cycle,
        kpi as subject,
        null as measure,
        member,
        value as answer
    from candidate.kpi.member_kpi_values
    where status = 'reported'
    union all
    select
        false,
        cycle,
        kpi,
        null,
        member,
        value
    from internal.kpi.member_kpi_values
    where status = 'reported'
    union all
    select
        true,
        cycle,
        instrument,
        if(name = 'aware', 'awareness', 'usage'),
        member,
        list_position(if(name = 'aware', ['no', 'yes'], ['no_plans', 'plans_to_use', 'in_use']), word) - 1
    from (unpivot candidate.instrument.member_instrument_answers on aware, usage into name name value word)
    union all
    select
        false,
        cycle,
        instrument,
        if(name = 'aware', 'awareness', 'usage'),
        member,
        list_position(if(name = 'aware', ['no', 'yes'], ['no_plans', 'plans_to_use', 'in_use']), word) - 1
    from (unpivot internal.instrument.member_instrument_answers on aware, usage into name name value word)
)

select
    subjects.number,
    answers.member,
    max(answers.answer) filter (where answers.is_now) as answer_now,
    max(answers.answer) filter (where not answers.is_now) as answer_then
from answers
inner join proof.subjects as subjects
    on
        answers.cycle = subjects.cycle
        and answers.subject = subjects.subject
        and answers.measure is not distinct from subjects.measure
group by all
having answer_then is not null;

create table proof.changes as
select
    changes.number,
    changes.world,
    changes.member,
    changes.answer
from now.changes as changes
inner join answers_of_both as answers
    on changes.number = answers.number and changes.member = answers.member
where answers.answer_now = answers.answer_then
union all
select
    changes.number,
    changes.world,
    changes.member,
    changes.answer
from now.earlier_changes as changes
inner join answers_of_both as answers
    on changes.number = answers.number and changes.member = answers.member
where changes.truth = answers.answer_then
