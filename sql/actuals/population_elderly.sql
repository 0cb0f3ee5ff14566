-- 老年人口 (65+), on the resident registry. A date enters only with every one of its age classes, to 80+ or to 100+.
-- grain: period (a date), figure
-- inputs: registry.population by age, view age_class
with

classes as (

    select series, dimensions, period, version, top

    from figure_known

    inner join age_class
        on age_group = 'elderly'
        and dimensions = 'age=' || age || ';nationality=total;sex=total'

    where series = 'registry.population'

),

-- where a date has both tables, '100+' (the finer one) sorts first and is taken
complete as (

    select period, min(top) as top

    from (

        select period, top from classes group by period, top
        having count(*) = (
            select count(*) from age_class where age_group = 'elderly' and age_class.top = classes.top
        )

    ) as tables

    group by period

)

select classes.period, 'value' as role, 1 as sign, series, dimensions, classes.period as figure_period, version

from classes

inner join complete on complete.period = classes.period and complete.top = classes.top
