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

disclosure_levels as (
    select * from {{ ref('stg_disclosure_levels') }}
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
        valued.*,
        stated_levels.position > kpi_levels.position as is_narrower
    from valued
    left join disclosure_levels as kpi_levels
        on valued.cycle = kpi_levels.cycle and valued.kpi_disclosure = kpi_levels.disclosure
    left join disclosure_levels as stated_levels
        on valued.cycle = stated_levels.cycle and valued.stated_disclosure = stated_levels.disclosure
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
    if(is_narrower, stated_disclosure, kpi_disclosure) as disclosure
from levels
