-- Every version of every figure with every cell in which it stands: where it was recorded from, where it was seen again,
-- and (rounded = 1) where it stands less precisely. `known_at` is when the figure was recorded, `seen_at` when the file of the cell was.
-- grain: series, dimensions, period, area, version, snapshot, sheet, cell
create view figure_locator as

select
    measure.series,
    measure.dimensions,
    part.period,
    figure.area,
    figure.version,
    figure.value,
    measure.unit,
    figure.stage,
    load.recorded_at as known_at,
    load.recorded_at as seen_at,
    load.source,
    load.sha256,
    place.sheet,
    figure.cell,
    load_area.kind,
    0 as rounded

from measure

inner join part on part.measure_id = measure.id

inner join figure on figure.part_id = part.id

inner join place on place.id = figure.place_id

inner join load on load.id = place.load_id

inner join load_area on load_area.load_id = load.id and load_area.area = figure.area

union all

select
    measure.series,
    measure.dimensions,
    part.period,
    figure.area,
    figure.version,
    figure.value,
    measure.unit,
    figure.stage,
    first_load.recorded_at,
    load.recorded_at,
    load.source,
    load.sha256,
    place.sheet,
    sighting.cell,
    load_area.kind,
    0

from measure

inner join part on part.measure_id = measure.id

inner join sighting on sighting.part_id = part.id

inner join figure
    on figure.part_id = sighting.part_id
    and figure.area = sighting.area
    and figure.version = sighting.version

inner join place as first_place on first_place.id = figure.place_id

inner join load as first_load on first_load.id = first_place.load_id

inner join place on place.id = sighting.place_id

inner join load on load.id = place.load_id

inner join load_area on load_area.load_id = load.id and load_area.area = sighting.area

union all

select
    measure.series,
    measure.dimensions,
    part.period,
    figure.area,
    figure.version,
    figure.value,
    measure.unit,
    figure.stage,
    first_load.recorded_at,
    load.recorded_at,
    load.source,
    load.sha256,
    place.sheet,
    rounded_sighting.cell,
    load_area.kind,
    1

from measure

inner join part on part.measure_id = measure.id

inner join rounded_sighting on rounded_sighting.part_id = part.id

inner join figure
    on figure.part_id = rounded_sighting.part_id
    and figure.area = rounded_sighting.area
    and figure.version = rounded_sighting.version

inner join place as first_place on first_place.id = figure.place_id

inner join load as first_load on first_load.id = first_place.load_id

inner join place on place.id = rounded_sighting.place_id

inner join load on load.id = place.load_id

inner join load_area on load_area.load_id = load.id and load_area.area = rounded_sighting.area;
