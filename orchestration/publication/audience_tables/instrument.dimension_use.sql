-- A cycle's dimensions are shown where the use of every instrument is: a rank says something of all of them.
with

withheld as (
    select distinct cycle
    from instrument_cells
    where grouping = 'global' and measure = 'usage'
)

select
    results.* replace (
        if(withheld.cycle is null, results.n_highly_used, null) as n_highly_used,
        if(withheld.cycle is null, results.mean_in_use_rate, null) as mean_in_use_rate,
        if(withheld.cycle is null, results.rank, null) as rank,
        if(withheld.cycle is null, null, 'too few Members') as suppression
    )
from internal.instrument.dimension_use as results
left join withheld
    on results.cycle = withheld.cycle
