-- 20～39歳の女性, on the resident registry. A date enters only with every one of its age classes.
-- grain: period (a date), figure
-- inputs: registry.population by age
with

classes as (

    select series, dimensions, period, version

    from figure_known

    where
        series = 'registry.population'
        and dimensions in (
            'age=20-24;nationality=total;sex=female',
            'age=25-29;nationality=total;sex=female',
            'age=30-34;nationality=total;sex=female',
            'age=35-39;nationality=total;sex=female'
        )

),

complete as (

    select period from classes group by period having count(*) = 4

)

select classes.period, 'value' as role, 1 as sign, series, dimensions, classes.period as figure_period, version

from classes

inner join complete on complete.period = classes.period
