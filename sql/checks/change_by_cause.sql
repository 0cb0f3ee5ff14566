-- Areas and years where natural and social change are not the change.
-- severity: broken
-- grain: area, period, dimensions
select
    area,
    period,
    dimensions,
    sum(case when series = 'registry.change' then value else 0 end) as change,
    sum(case when series = 'registry.natural_change' then value else 0 end) as natural_change,
    sum(case when series = 'registry.social_change' then value else 0 end) as social_change

from figure_current

where series in ('registry.change', 'registry.natural_change', 'registry.social_change')

group by area, period, dimensions

having
    count(*) = 3
    and sum(case when series = 'registry.change' then value else -value end) <> 0
