-- A cycle's dimensions are shown where the use of every instrument is: a rank says something of all of them.
with

withheld as (
    select distinct cycle
    from instrument_cells
    where grouping = 'global' and measure = 'usage'
)

select
    results.*,
    withheld.cycle is null as is_usage_shown,
    if(withheld.cycle is null, null, 'too few Members') as made_suppression
from internal.instrument.audience_dimension_use as results
left join withheld
    on results.cycle = withheld.cycle
where results.audience = getvariable('audience')
