-- One row an instrument.
select
    instruments.instrument,
    count(distinct answers.member) / nullif((select count(*) from sufficient_members), 0) as response_rate
from raw.instruments as instruments
left join raw.instrument_answers as answers
    on
        instruments.cycle = answers.cycle
        and instruments.instrument = answers.instrument
        and answers.is_counted
        and answers.field = 'usage'
        and answers.member in (select sufficient_members.member from sufficient_members)
where instruments.cycle = getvariable('cycle')
group by instruments.instrument, instruments.position
order by instruments.position
