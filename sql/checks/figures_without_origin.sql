-- Figures and sightings whose place or part of the catalogue does not exist.
-- severity: broken
-- grain: kind of row, part, area, version
select 'figure' as row_kind, part_id, area, version

from figure

where
    part_id not in (select id from part)
    or place_id not in (select id from place)

union all

select 'sighting', part_id, area, version

from sighting

where
    part_id not in (select id from part)
    or place_id not in (select id from place)
