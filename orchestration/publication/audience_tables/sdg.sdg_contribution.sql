-- From the KPIs that the audience may see.
select *
from internal.sdg.audience_contribution
where audience = getvariable('audience')
