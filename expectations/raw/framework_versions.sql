-- One row, the cycle.
select
    cycles.cycle,
    (
        select count(*) from raw.submissions as submissions
        where
            submissions.cycle = cycles.cycle
            and submissions.state = 'accepted'
            and submissions.framework != cycles.framework
    ) as n_submissions_of_another_framework,
    (
        select count(*) from raw.kpi_answers as answers
        where
            answers.cycle = cycles.cycle
            and answers.kpi not in (select kpis.kpi from raw.kpis as kpis where kpis.cycle = cycles.cycle)
    ) + (
        select count(*) from raw.instrument_answers as answers
        where
            answers.cycle = cycles.cycle
            and answers.instrument not in (
                select instruments.instrument from raw.instruments as instruments where instruments.cycle = cycles.cycle
            )
    ) as n_answers_outside_the_framework
from raw.cycles as cycles
where cycles.cycle = getvariable('cycle')
