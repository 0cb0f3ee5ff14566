-- The figures of one area as known at the cut: the highest stage, then the newest. Every file of sql/actuals/ reads
-- from this as figure_known; area and cutoff are bound.
-- grain: series, dimensions, period
select series, dimensions, period, area, version, value

from (

    select
        figure_version.*,
        row_number() over (
            partition by series, dimensions, period, area
            order by stage desc, known_at desc, version desc
        ) as standing

    from figure_version

    where area = :area and known_at < :cutoff

) as ranked

where standing = 1
