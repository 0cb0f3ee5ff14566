-- Figures that their publisher rounds, with the step of the rounding in their unit; exact ones have no row.

create table figure_step (
    part_id integer not null,
    area key_text not null,
    version integer not null,
    step bigint not null,
    primary key (part_id, area, version)
);

create trigger figure_step_kept before update or delete or truncate on figure_step execute function keep_rows();

-- Cells that give a figure less precisely than it stands, with what they say: they confirm it within their rounding.

create table rounded_sighting (
    part_id integer not null,
    area key_text not null,
    version integer not null,
    place_id integer not null,
    cell text not null,
    value numeric not null,
    stage integer not null,
    primary key (part_id, area, version, place_id, cell)
);

create trigger rounded_sighting_kept before update or delete or truncate on rounded_sighting execute function keep_rows();
