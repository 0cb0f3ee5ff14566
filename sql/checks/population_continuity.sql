-- Areas and years where the population of 1 January, and the change of the year, do not make that of the next.
-- Mergers and boundary changes are real: this is told, and nothing is refused.
-- severity: remarkable
-- grain: area, period (calendar year)
with

-- each population twice: as the year's start, and as the end of the year before
steps as (

    select area, cast(substr(period, 1, 4) as integer) as year, 'before' as role, value

    from figure_current

    where
        series = 'registry.population'
        and dimensions = 'age=all;nationality=total;sex=total'
        and substr(period, 5) = '-01-01'

    union all

    select area, cast(substr(period, 1, 4) as integer) - 1, 'after', value

    from figure_current

    where
        series = 'registry.population'
        and dimensions = 'age=all;nationality=total;sex=total'
        and substr(period, 5) = '-01-01'

    union all

    select area, cast(substr(period, 1, 4) as integer), 'change', value

    from figure_current

    where series = 'registry.change' and dimensions = 'nationality=total' and length(period) = 4

)

select
    area,
    year,
    sum(case when role = 'before' then value else 0 end) as population_before,
    sum(case when role = 'change' then value else 0 end) as change,
    sum(case when role = 'after' then value else 0 end) as population_after

from steps

group by area, year

having
    count(*) = 3
    and sum(case when role = 'after' then value else -value end) <> 0
