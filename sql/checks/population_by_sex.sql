-- Areas and dates where men and women are not the total of their age class and nationality.
-- severity: broken
-- grain: area, period, dimensions of the total
with

population as (

    select area, period, dimensions, value from figure_current where series = 'registry.population'

),

totals as (

    select area, period, dimensions, value, replace(dimensions, 'sex=total', '') as class

    from population

    where dimensions like '%sex=total'

),

halves as (

    select area, period, replace(replace(dimensions, 'sex=female', ''), 'sex=male', '') as class, sum(value) as value

    from population

    where dimensions like '%sex=male' or dimensions like '%sex=female'

    group by area, period, replace(replace(dimensions, 'sex=female', ''), 'sex=male', '')
    having count(*) = 2

)

select totals.area, totals.period, totals.dimensions, totals.value as total, halves.value as men_and_women

from totals

inner join halves
    on halves.area = totals.area and halves.period = totals.period and halves.class = totals.class

where totals.value <> halves.value
