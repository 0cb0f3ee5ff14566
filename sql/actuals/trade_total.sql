-- 輸出入貿易額: exports and imports of the customs office, all goods and countries, by calendar year.
-- A year enters once all twelve months of each of the 97 HS chapters (whole_chapters in config/sources/trade.yml) are
-- recorded for both: a chapter without trade is recorded as 0, so what is not recorded was not read.
-- grain: period (a calendar year), figure
-- inputs: trade.exports, trade.imports by office and chapter
with

chapters as (

    select
        series,
        dimensions,
        substr(dimensions, 14) as office,
        period,
        version,
        value,
        sum(value) over (partition by period) as total

    from figure_known

    where
        series in ('trade.exports', 'trade.imports')
        and dimensions like 'commodity=__;office=___'
        and length(period) = 4

),

complete as (

    select period from chapters group by period having count(*) = 2 * 97 * count(distinct office)

)

select chapters.period, 'value' as role, 1 as sign, series, dimensions, chapters.period as figure_period, version

from chapters

inner join complete on complete.period = chapters.period

-- 0 adds nothing: what the sum is explained by is the chapters with trade
where value <> 0 or total = 0
