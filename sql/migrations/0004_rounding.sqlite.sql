-- Figures that their publisher rounds, with the step of the rounding in their unit; exact ones have no row.

create table figure_step (
    part_id integer not null,
    area key_text not null,
    version integer not null,
    step bigint not null,
    primary key (part_id, area, version)
) without rowid;

create trigger figure_step_kept_u before update on figure_step begin select raise(abort, 'rows of figure_step are only ever added'); end;
create trigger figure_step_kept_d before delete on figure_step begin select raise(abort, 'rows of figure_step are only ever added'); end;

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
) without rowid;

create trigger rounded_sighting_kept_u before update on rounded_sighting begin select raise(abort, 'rows of rounded_sighting are only ever added'); end;
create trigger rounded_sighting_kept_d before delete on rounded_sighting begin select raise(abort, 'rows of rounded_sighting are only ever added'); end;
