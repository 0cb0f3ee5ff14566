-- 冬期間 (November to March) の観光客入込数の割合: the document does not define winter; these months give its 16.9 % of FY2013.
-- A fiscal year enters only with all five months and its total.
-- grain: period (a fiscal year), role, figure
-- inputs: tourism.visitors by month and by fiscal year
with

visitors as (

    select series, dimensions, period, version

    from figure_known

    where series = 'tourism.visitors' and dimensions = 'origin=total'

),

winter as (

    select
        series,
        dimensions,
        period,
        version,
        'FY' || cast(
            cast(substr(period, 1, 4) as integer) - case when substr(period, 6, 2) < '04' then 1 else 0 end as text
        ) as fiscal_year

    from visitors

    where length(period) = 7 and substr(period, 6, 2) in ('11', '12', '01', '02', '03')

),

complete as (

    select winter.fiscal_year

    from winter

    inner join visitors on visitors.period = winter.fiscal_year

    group by winter.fiscal_year having count(*) = 5

)

select winter.fiscal_year as period, 'numerator' as role, 1 as sign, series, dimensions, period as figure_period, version

from winter

inner join complete on complete.fiscal_year = winter.fiscal_year

union all

select period, 'denominator', 1, series, dimensions, period, version

from visitors

inner join complete on complete.fiscal_year = visitors.period
