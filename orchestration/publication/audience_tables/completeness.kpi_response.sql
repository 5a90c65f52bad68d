-- Counts of answers, of the KPIs whose results the audience may see.
select results.*
from internal.completeness.kpi_response as results
inner join shown_kpis
    on results.cycle = shown_kpis.cycle and results.kpi = shown_kpis.kpi
