-- 観光客入込数のうち宿泊者数の割合: 内宿泊客 of 入込総数, by fiscal year.
-- grain: period (a fiscal year), role, figure
-- inputs: tourism.overnight_visitors, tourism.visitors
with

overnight as (

    select series, dimensions, period, version

    from figure_known

    where series = 'tourism.overnight_visitors' and dimensions = '' and substr(period, 1, 2) = 'FY'

),

visitors as (

    select series, dimensions, period, version

    from figure_known

    where series = 'tourism.visitors' and dimensions = 'origin=total' and substr(period, 1, 2) = 'FY'

)

select
    overnight.period,
    'numerator' as role,
    1 as sign,
    overnight.series,
    overnight.dimensions,
    overnight.period as figure_period,
    overnight.version

from overnight

inner join visitors on visitors.period = overnight.period

union all

select visitors.period, 'denominator', 1, visitors.series, visitors.dimensions, visitors.period, visitors.version

from visitors

inner join overnight on overnight.period = visitors.period
