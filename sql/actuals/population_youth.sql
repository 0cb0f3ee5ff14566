-- 年少人口 (0-14), on the resident registry. A date enters only with every one of its age classes.
-- grain: period (a date), figure
-- inputs: registry.population by age
with

classes as (

    select series, dimensions, period, version

    from figure_known

    where
        series = 'registry.population'
        and dimensions in (
            'age=0-4;nationality=total;sex=total',
            'age=5-9;nationality=total;sex=total',
            'age=10-14;nationality=total;sex=total'
        )

),

complete as (

    select period from classes group by period having count(*) = 3

)

select classes.period, 'value' as role, 1 as sign, series, dimensions, classes.period as figure_period, version

from classes

inner join complete on complete.period = classes.period
