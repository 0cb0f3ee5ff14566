-- 生産年齢人口 (15-64), on the resident registry. A date enters only with every one of its age classes.
-- grain: period (a date), figure
-- inputs: registry.population by age
with

classes as (

    select series, dimensions, period, version

    from figure_known

    where
        series = 'registry.population'
        and dimensions in (
            'age=15-19;nationality=total;sex=total',
            'age=20-24;nationality=total;sex=total',
            'age=25-29;nationality=total;sex=total',
            'age=30-34;nationality=total;sex=total',
            'age=35-39;nationality=total;sex=total',
            'age=40-44;nationality=total;sex=total',
            'age=45-49;nationality=total;sex=total',
            'age=50-54;nationality=total;sex=total',
            'age=55-59;nationality=total;sex=total',
            'age=60-64;nationality=total;sex=total'
        )

),

complete as (

    select period from classes group by period having count(*) = 10

)

select classes.period, 'value' as role, 1 as sign, series, dimensions, classes.period as figure_period, version

from classes

inner join complete on complete.period = classes.period
