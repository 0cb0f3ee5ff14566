-- Areas and years where the population of 1 January, and the change of the year, do not make that of the next.
-- Mergers and boundary changes are real: this is told, and nothing is refused.
-- severity: remarkable
-- grain: area, period (calendar year)
with

population as (

    select area, cast(substr(period, 1, 4) as integer) as on_first_of, value

    from figure_current

    where
        series = 'registry.population'
        and dimensions = 'age=all;nationality=total;sex=total'
        and substr(period, 5) = '-01-01'

),

change as (

    select area, cast(period as integer) as in_year, value

    from figure_current

    where series = 'registry.change' and dimensions = 'nationality=total' and length(period) = 4

)

select
    change.area,
    change.in_year as period,
    before.value as population_before,
    change.value as change,
    after.value as population_after

from change

inner join population as before on before.area = change.area and before.on_first_of = change.in_year

inner join population as after on after.area = change.area and after.on_first_of = change.in_year + 1

where after.value <> before.value + change.value
