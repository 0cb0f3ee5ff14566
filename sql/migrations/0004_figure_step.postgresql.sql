-- Figures that their publisher rounds, with the step of the rounding in their unit; exact ones have no row.

create table figure_step (
    part_id integer not null,
    area key_text not null,
    version integer not null,
    step bigint not null,
    primary key (part_id, area, version)
);

create trigger figure_step_kept before update or delete or truncate on figure_step execute function keep_rows();
