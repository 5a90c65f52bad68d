-- One row a KPI.
select
    kpis.kpi,
    count(sufficient_members.member) filter (where answers.n_figures >= answers.n_figures_needed)
    / nullif(
        count(sufficient_members.member) filter (
            where answers.n_figures >= answers.n_figures_needed or answers.status is distinct from 'not_applicable'
        ),
        0
    ) as response_rate
from raw.kpis as kpis
left join member_kpi_answers as answers on kpis.kpi = answers.kpi
left join sufficient_members on answers.member = sufficient_members.member
where kpis.cycle = getvariable('cycle')
group by kpis.kpi, kpis.position
order by kpis.position
