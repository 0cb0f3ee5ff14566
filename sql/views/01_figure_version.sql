-- Every version of every figure, with the moment from which it was known.
-- grain: series, dimensions, period, area, version
create view figure_version as

select
    measure.series,
    measure.dimensions,
    part.period,
    figure.area,
    figure.version,
    figure.value,
    measure.unit,
    figure.stage,
    load.recorded_at as known_at

from measure

inner join part on part.measure_id = measure.id

-- a cross join is SQLite's word for "in this order": asking each part for one area is cheaper than reading every figure
cross join figure

inner join place on place.id = figure.place_id

inner join load on load.id = place.load_id

where figure.part_id = part.id;
