-- One row a kind of thing that the cycle shows. What the last publication shows of it is given, null where it shows
-- nothing; what is least is what may be there: a loss of one Member, or of the rate of cycle.toml, stops nobody.
with

now_there as (
    select
        count(*) as n_members,
        coalesce(sum(n_reported), 0)::bigint as n_values,
        coalesce(sum(n_instruments_answered), 0)::bigint as n_instrument_answers
    from completeness.member_completeness
    where cycle = getvariable('cycle') and is_sufficient
),

counted as (
    select
        'sufficient Members' as what,
        n_members as n_shown,
        getvariable('published_members')::bigint as n_published
    from now_there
    union all
    select
        'reported values' as what,
        n_values as n_shown,
        getvariable('published_values')::bigint as n_published
    from now_there
    union all
    select
        'answers about instruments' as what,
        n_instrument_answers as n_shown,
        getvariable('published_instrument_answers')::bigint as n_published
    from now_there
),

with_loss as (
    select
        what,
        n_shown,
        n_published,
        greatest(
            n_published / greatest(getvariable('published_members')::bigint, 1),
            n_published * getvariable('maximum_loss_rate')
        ) as n_may_be_lost
    from counted
)

select
    what,
    n_shown,
    n_published,
    case
        when getvariable('is_loss_accepted') then 0
        -- that nobody is sufficient is accepted once, and published from then on
        when what = 'sufficient Members' and coalesce(n_published, 1) > 0
            then greatest(1, coalesce(ceil(n_published - n_may_be_lost), 1))
        else coalesce(ceil(n_published - n_may_be_lost), 0)
    end::bigint as n_least
from with_loss
