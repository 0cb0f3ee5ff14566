-- Areas and years where natural and social change are not the change.
-- severity: broken
-- grain: area, period, dimensions
with

changes as (

    select series, area, period, dimensions, value

    from figure_current

    where series in ('registry.change', 'registry.natural_change', 'registry.social_change')

)

select
    whole.area,
    whole.period,
    whole.dimensions,
    whole.value as change,
    births_and_deaths.value as natural_change,
    moves.value as social_change

from changes as whole

inner join changes as births_and_deaths
    on births_and_deaths.series = 'registry.natural_change'
    and births_and_deaths.area = whole.area
    and births_and_deaths.period = whole.period
    and births_and_deaths.dimensions = whole.dimensions

inner join changes as moves
    on moves.series = 'registry.social_change'
    and moves.area = whole.area
    and moves.period = whole.period
    and moves.dimensions = whole.dimensions

where
    whole.series = 'registry.change'
    and whole.value <> births_and_deaths.value + moves.value
