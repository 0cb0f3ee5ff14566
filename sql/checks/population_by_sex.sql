-- Areas and dates where men and women are not the total of their age class and nationality.
-- severity: broken
-- grain: area, period, dimensions without sex
select
    area,
    period,
    replace(replace(replace(dimensions, 'sex=female', ''), 'sex=male', ''), 'sex=total', '') as class,
    sum(case when dimensions like '%sex=total' then value else 0 end) as total,
    sum(case when dimensions like '%sex=total' then 0 else value end) as men_and_women

from figure_current

where series = 'registry.population'

group by area, period, replace(replace(replace(dimensions, 'sex=female', ''), 'sex=male', ''), 'sex=total', '')

having
    count(*) = 3
    and sum(case when dimensions like '%sex=total' then value else -value end) <> 0
