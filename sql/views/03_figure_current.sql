-- The figure that stands now: the highest stage, then the newest.
-- grain: series, dimensions, period, area
create view figure_current as

with

ranked as (

    select
        figure_version.*,
        row_number() over (
            partition by series, dimensions, period, area
            order by stage desc, known_at desc, version desc
        ) as standing

    from figure_version

)

select series, dimensions, period, area, version, value, unit, stage, known_at

from ranked

where standing = 1;
