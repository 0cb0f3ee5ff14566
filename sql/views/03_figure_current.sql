-- The figure that stands now: the highest stage, then the newest. Few figures have another version, so each is asked
-- for a better one; ranking all of them would sort the whole table.
-- grain: series, dimensions, period, area
create view figure_current as

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

inner join figure on figure.part_id = part.id

inner join place on place.id = figure.place_id

inner join load on load.id = place.load_id

where
    not exists (

        select 1

        from figure as other

        inner join place as other_place on other_place.id = other.place_id

        inner join load as other_load on other_load.id = other_place.load_id

        where
            other.part_id = figure.part_id
            and other.area = figure.area
            and other.version <> figure.version
            and (
                other.stage > figure.stage
                or (other.stage = figure.stage and other_load.recorded_at > load.recorded_at)
                or (
                    other.stage = figure.stage
                    and other_load.recorded_at = load.recorded_at
                    and other.version > figure.version
                )
            )

    );
