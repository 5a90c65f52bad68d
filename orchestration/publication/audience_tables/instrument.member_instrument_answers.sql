-- Single Members' answers on instruments whose level reaches the audience.
select results.*
from internal.instrument.member_instrument_answers as results
inner join audience_levels
    on results.disclosure = audience_levels.level
