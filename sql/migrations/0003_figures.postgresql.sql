-- Tables of a million rows have no foreign keys: looking up two parents for every row would cost more than the row;
-- sql/checks/figures_without_origin.sql looks instead.

create table figure (
    part_id integer not null,
    area key_text not null,
    version integer not null,
    value numeric not null,
    stage integer not null,
    place_id integer not null,
    cell text not null,
    primary key (part_id, area, version)
);

create table sighting (
    part_id integer not null,
    area key_text not null,
    version integer not null,
    place_id integer not null,
    cell text not null,
    primary key (part_id, area, version, place_id, cell)
);

create table load_area (
    load_id integer not null,
    area key_text not null,
    kind key_text not null,
    name text not null,
    primary key (load_id, area)
);

create function keep_rows() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are only ever added', tg_table_name;
end
$$;

create trigger snapshot_kept before update or delete or truncate on snapshot execute function keep_rows();
create trigger load_kept before update or delete or truncate on load execute function keep_rows();
create trigger figure_kept before update or delete or truncate on figure execute function keep_rows();
create trigger sighting_kept before update or delete or truncate on sighting execute function keep_rows();
create trigger return_detail_kept before update or delete or truncate on return_detail execute function keep_rows();
create trigger evaluation_kept before update or delete or truncate on evaluation execute function keep_rows();
create trigger warning_log_kept before update or delete or truncate on warning_log execute function keep_rows();
