-- 年少人口割合: of everybody (総数), residents of unknown age in the denominator only. A date enters only with its whole age
-- table of all nationalities.
-- grain: period (a date), role, figure
-- inputs: registry.population by age, view age_class
with

population as (

    select series, dimensions, period, version

    from figure_known

    where series = 'registry.population'

),

classes as (

    select series, dimensions, period, version, age_group, top

    from population

    inner join age_class on dimensions = 'age=' || age || ';nationality=total;sex=total'

),

-- where a date has both tables, '100+' (the finer one) sorts first and is taken
complete as (

    select period, min(top) as top

    from (

        select period, top from classes group by period, top
        having count(*) = (select count(*) from age_class where age_class.top = classes.top)

    ) as tables

    group by period

)

select classes.period, 'numerator' as role, 1 as sign, series, dimensions, classes.period as figure_period, version

from classes

inner join complete on complete.period = classes.period and complete.top = classes.top

where age_group = 'youth'

union all

select population.period, 'denominator', 1, series, dimensions, population.period, version

from population

inner join complete on complete.period = population.period

where dimensions = 'age=all;nationality=total;sex=total'
