-- Figures and sightings whose place or part of the catalogue does not exist.
-- severity: broken
-- grain: kind of row, part, area, version
select 'figure' as row_kind, figure.part_id, figure.area, figure.version

from figure

left join part on part.id = figure.part_id

left join place on place.id = figure.place_id

where part.id is null or place.id is null

union all

select 'sighting', sighting.part_id, sighting.area, sighting.version

from sighting

left join part on part.id = sighting.part_id

left join place on place.id = sighting.place_id

where part.id is null or place.id is null
