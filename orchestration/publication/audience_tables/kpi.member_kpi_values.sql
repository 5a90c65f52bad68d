-- Single Members' answers whose level reaches the audience, less those withheld beside others.
select
    results.*,
    shown_kpis.decimals
from internal.kpi.member_kpi_values as results
inner join shown_kpis
    on results.cycle = shown_kpis.cycle and results.kpi = shown_kpis.kpi
inner join audience_levels
    on results.disclosure = audience_levels.level
anti join withheld_values
    on
        results.cycle = withheld_values.cycle
        and results.member = withheld_values.member
        and results.kpi = withheld_values.kpi
