-- 人口減少率: the year's fall (増減数, its sign turned) by the registry population at the end of the year, which is the
-- way in which the strategy gets 498 / 28,050. 総務省's own rate divides by the previous 1 January.
-- grain: period (a calendar year), role, figure
-- inputs: registry.change, registry.population
with

change as (

    select series, dimensions, period, version

    from figure_known

    where series = 'registry.change' and dimensions = 'nationality=total' and length(period) = 4

),

population as (

    select
        series,
        dimensions,
        period,
        version,
        cast(cast(substr(period, 1, 4) as integer) - 1 as text) as year_ended

    from figure_known

    where
        series = 'registry.population'
        and dimensions = 'age=all;nationality=total;sex=total'
        and substr(period, 5) = '-01-01'

)

select
    change.period,
    'numerator' as role,
    -1 as sign,
    change.series,
    change.dimensions,
    change.period as figure_period,
    change.version

from change

inner join population on population.year_ended = change.period

union all

select change.period, 'denominator', 1, population.series, population.dimensions, population.period, population.version

from change

inner join population on population.year_ended = change.period
