-- The answers on instruments that the audience may not see.
create temp table hidden_answers as
select
    cycle,
    instrument,
    if(name = 'aware', 'awareness', 'usage') as measure,
    member,
    word
from (unpivot internal.instrument.member_instrument_answers on aware, usage into name name value word)
where disclosure not in (select level from levels)
