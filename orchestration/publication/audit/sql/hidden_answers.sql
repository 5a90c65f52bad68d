-- The answers on instruments that the audience may not see, those of each question by number.
create temp table hidden_answers as
select
    cycle,
    instrument,
    if(name = 'aware', 'awareness', 'usage') as measure,
    member,
    word,
    (row_number() over (partition by cycle, instrument, measure order by member) - 1)::integer as number,
    -- of many Members there are millions of answers, each in several groups: numbers are joined in a third of the time
    dense_rank() over (order by cycle, member)::integer as member_number
from (unpivot internal.instrument.member_instrument_answers on aware, usage into name name value word)
where disclosure not in (select level from levels)
