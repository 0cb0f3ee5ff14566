-- Tables of a million rows are stored in the order of their key. They have no foreign keys: looking up two parents for
-- every row would cost more than the row; sql/checks/figures_without_origin.sql looks instead.

create table figure (
    part_id integer not null,
    area key_text not null,
    version integer not null,
    value numeric not null,
    stage integer not null,
    place_id integer not null,
    cell text not null,
    primary key (part_id, area, version)
) without rowid;

create table sighting (
    part_id integer not null,
    area key_text not null,
    version integer not null,
    place_id integer not null,
    cell text not null,
    primary key (part_id, area, version, place_id, cell)
) without rowid;

create table load_area (
    load_id integer not null,
    area key_text not null,
    kind key_text not null,
    name text not null,
    primary key (load_id, area)
) without rowid;

create trigger snapshot_kept_u before update on snapshot begin select raise(abort, 'rows of snapshot are only ever added'); end;
create trigger snapshot_kept_d before delete on snapshot begin select raise(abort, 'rows of snapshot are only ever added'); end;
create trigger load_kept_u before update on load begin select raise(abort, 'rows of load are only ever added'); end;
create trigger load_kept_d before delete on load begin select raise(abort, 'rows of load are only ever added'); end;
create trigger figure_kept_u before update on figure begin select raise(abort, 'rows of figure are only ever added'); end;
create trigger figure_kept_d before delete on figure begin select raise(abort, 'rows of figure are only ever added'); end;
create trigger sighting_kept_u before update on sighting begin select raise(abort, 'rows of sighting are only ever added'); end;
create trigger sighting_kept_d before delete on sighting begin select raise(abort, 'rows of sighting are only ever added'); end;
create trigger return_detail_kept_u before update on return_detail begin select raise(abort, 'rows of return_detail are only ever added'); end;
create trigger return_detail_kept_d before delete on return_detail begin select raise(abort, 'rows of return_detail are only ever added'); end;
create trigger evaluation_kept_u before update on evaluation begin select raise(abort, 'rows of evaluation are only ever added'); end;
create trigger evaluation_kept_d before delete on evaluation begin select raise(abort, 'rows of evaluation are only ever added'); end;
create trigger warning_log_kept_u before update on warning_log begin select raise(abort, 'rows of warning_log are only ever added'); end;
create trigger warning_log_kept_d before delete on warning_log begin select raise(abort, 'rows of warning_log are only ever added'); end;
