-- The answers that count, one row per Member and KPI: stated status and disclosure, and the figures in their order.
with

answers as (
    select * from {{ ref('stg_kpi_answers') }}
    where is_counted
)

select
    cycle,
    member,
    kpi,
    max(word) filter (where field = 'status') as stated_status,
    max(word) filter (where field = 'disclosure') as stated_disclosure,
    max(value) filter (where field in ('numerator', 'current', 'value')) as first_figure,
    max(value) filter (where field in ('denominator', 'previous')) as second_figure
from answers
group by cycle, member, kpi
