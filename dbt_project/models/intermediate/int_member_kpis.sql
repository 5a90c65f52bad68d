-- Every Member of the roster with every KPI: status, value and effective disclosure, whether it answered or not.
with

roster as (
    select * from {{ ref('stg_roster') }}
),

kpis as (
    select * from {{ ref('stg_kpis') }}
),

answers as (
    select * from {{ ref('int_kpi_answers') }}
),

valued as (
    select
        roster.cycle,
        roster.member,
        kpis.kpi,
        kpis.unit,
        kpis.disclosure as kpi_disclosure,
        answers.stated_status,
        answers.stated_disclosure,
        {{ kpi_value("kpis.formula", "kpis.scale", "answers.first_figure", "answers.second_figure") }} as value
    from roster
    inner join kpis
        on roster.cycle = kpis.cycle
    left join answers
        on
            roster.cycle = answers.cycle
            and roster.member = answers.member
            and kpis.kpi = answers.kpi
),

-- A Member may choose a narrower level for its own answer, never a wider one.
levels as (
    select
        *,
        list_position(['public', 'wco', 'member'], kpi_disclosure) as kpi_level,
        list_position(['public', 'wco', 'member'], stated_disclosure) as stated_level
    from valued
)

select
    cycle,
    member,
    kpi,
    case
        when value is not null then 'reported'
        when stated_status = 'not_applicable' then 'not_applicable'
        else 'not_available'
    end as status,
    value,
    unit,
    case when stated_level > kpi_level then stated_disclosure else kpi_disclosure end as disclosure
from levels
