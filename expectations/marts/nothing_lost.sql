-- One row a kind of thing that is counted on both sides. Figures are summed as fixed-point numbers of nine decimals:
-- such a sum is the same in any order of the rows and on any number of threads. It is compared as text, digit by digit.
select
    'files and submissions' as what,
    (select count(*) from raw.submissions where cycle = getvariable('cycle')) as n_in_raw,
    (select count(*) from lineage.submissions where cycle = getvariable('cycle')) as n_in_marts,
    (select coalesce(sum(n_cells), 0) from raw.submissions where cycle = getvariable('cycle'))::varchar as sum_in_raw,
    (select coalesce(sum(n_cells), 0) from lineage.submissions where cycle = getvariable('cycle'))::varchar
        as sum_in_marts
union all
select
    'cells set aside',
    (select count(*) from raw.rejections where cycle = getvariable('cycle')),
    (select count(*) from lineage.rejections where cycle = getvariable('cycle')),
    (select coalesce(sum(n_cells), 0) from raw.rejections where cycle = getvariable('cycle'))::varchar,
    (select coalesce(sum(n_cells), 0) from lineage.rejections where cycle = getvariable('cycle'))::varchar
union all
select
    'answers on KPIs',
    (select count(*) from raw.kpi_answers where cycle = getvariable('cycle')),
    (select count(*) from lineage.answers where cycle = getvariable('cycle') and kpi is not null),
    (select coalesce(sum(value::decimal(38, 9)), 0) from raw.kpi_answers where cycle = getvariable('cycle'))::varchar,
    (select coalesce(sum(value::decimal(38, 9)), 0) from lineage.answers where cycle = getvariable('cycle'))::varchar
union all
select
    'answers on instruments',
    (select count(*) from raw.instrument_answers where cycle = getvariable('cycle')),
    (select count(*) from lineage.answers where cycle = getvariable('cycle') and instrument is not null),
    '0',
    '0'
union all
select
    'Members',
    (select count(*) from raw.roster where cycle = getvariable('cycle')),
    (select count(*) from completeness.member_completeness where cycle = getvariable('cycle')),
    (select coalesce(sum(n_reported), 0) from sufficient_members)::varchar,
    (
        select coalesce(sum(n_reported), 0)
        from completeness.member_completeness
        where cycle = getvariable('cycle') and is_sufficient
    )::varchar
union all
select
    'sufficient Members',
    (select count(*) from sufficient_members),
    (select count(*) from completeness.member_completeness where cycle = getvariable('cycle') and is_sufficient),
    '0',
    '0'
union all
select
    'reported KPI values',
    (select coalesce(sum(n_reported), 0) from sufficient_members)::bigint,
    (select count(*) from kpi.member_kpi_values where cycle = getvariable('cycle') and status = 'reported'),
    '0',
    '0'
