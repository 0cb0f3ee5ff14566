-- Counts of the census by what the population rows are about. Women of 20–39 enter with all four of their age classes.
-- grain: period (a census date), quantity, figure
-- inputs: census.population
with

classes as (

    select 'total' as quantity, 'age=all;sex=total' as dimensions, 1 as classes
    union all select 'youth', 'age=0-14;sex=total', 1
    union all select 'working', 'age=15-64;sex=total', 1
    union all select 'elderly', 'age=65+;sex=total', 1
    union all select 'women-20-39', 'age=20-24;sex=female', 4
    union all select 'women-20-39', 'age=25-29;sex=female', 4
    union all select 'women-20-39', 'age=30-34;sex=female', 4
    union all select 'women-20-39', 'age=35-39;sex=female', 4

),

counted as (

    select figure_known.period, classes.quantity, classes.classes, figure_known.dimensions, figure_known.version

    from figure_known

    inner join classes on classes.dimensions = figure_known.dimensions

    where figure_known.series = 'census.population'

),

complete as (

    select period, quantity

    from counted

    group by period, quantity, classes

    having count(*) = classes

)

select counted.period, counted.quantity, counted.dimensions, counted.version

from counted

inner join complete on complete.period = counted.period and complete.quantity = counted.quantity
