-- 輸出入貿易額: exports and imports of the customs office, all goods and countries, by calendar year.
-- A year enters only with both.
-- grain: period (a calendar year), figure
-- inputs: trade.exports, trade.imports
with

totals as (

    select series, dimensions, period, version

    from figure_known

    where
        series in ('trade.exports', 'trade.imports')
        and dimensions like 'office=%'
        and dimensions not like '%;%'
        and length(period) = 4

),

complete as (

    select period from totals group by period having count(distinct series) = 2

)

select totals.period, 'value' as role, 1 as sign, series, dimensions, totals.period as figure_period, version

from totals

inner join complete on complete.period = totals.period
