-- Moments are UTC text in one form (2018-11-22T03:00:00+00:00), so that they compare as text; days are 2018-11-22.

create table snapshot (
    sha256 key_text primary key,
    size bigint not null,
    source key_text not null,
    name text not null,
    origin text not null,
    how text not null,
    obtained_at key_text not null
);

create table load (
    id integer primary key,
    source key_text not null,
    sha256 key_text not null references snapshot (sha256),
    recipe key_text not null,
    kind key_text not null,
    recorded_at key_text not null,
    loaded_at key_text not null,
    figures integer not null,
    new integer not null,
    revised integer not null,
    confirmed integer not null,
    held integer not null,
    unique (source, sha256, recipe)
);

create table place (
    id integer primary key,
    load_id integer not null references load (id),
    sheet text not null,
    unique (load_id, sheet)
);

create table measure (
    id integer primary key,
    series key_text not null,
    dimensions key_text not null,
    unit text not null,
    unique (series, dimensions)
);

create table part (
    id integer primary key,
    measure_id integer not null references measure (id),
    period key_text not null,
    unique (measure_id, period)
);

-- What a department or survey reports beside the value; exact decimals as text.
create table return_detail (
    part_id integer not null,
    area key_text not null,
    version integer not null,
    numerator text,
    denominator text,
    sample_size integer,
    evidence text not null,
    remark text not null,
    primary key (part_id, area, version)
);

create table held_revision (
    id integer primary key,
    part_id integer not null references part (id),
    area key_text not null,
    version integer not null,
    old_value numeric not null,
    old_stage integer not null,
    new_value numeric not null,
    new_stage integer not null,
    numerator text,
    denominator text,
    sample_size integer,
    evidence text,
    remark text,
    place_id integer not null references place (id),
    cell text not null,
    found_at key_text not null,
    decision key_text,
    decided_by text,
    reason text,
    decided_at key_text
);

create index held_revision_by_figure on held_revision (part_id, area);

create table evaluation (
    edition key_text not null,
    indicator key_text not null,
    fiscal_year integer not null,
    as_of key_text not null,
    seq integer not null,
    digest key_text not null,
    content text not null,
    primary key (edition, indicator, fiscal_year, as_of, seq)
);

create table warning_log (
    id integer primary key,
    edition key_text not null,
    indicator key_text not null,
    fiscal_year integer not null,
    kind key_text not null,
    rating key_text not null,
    actual text,
    target text,
    period key_text,
    bands key_text not null,
    cause key_text not null,
    as_of key_text not null,
    mail_key key_text
);

create table outbox (
    mail_key key_text primary key,
    kind key_text not null,
    department key_text not null,
    night key_text not null,
    not_before key_text not null,
    sender text not null,
    reply_to text not null,
    recipient text not null,
    subject text not null,
    body_text text not null,
    body_html text not null,
    message_id text not null,
    headers text not null,
    status key_text not null check (status in ('pending', 'sending', 'sent', 'doubtful')),
    attempts integer not null,
    last_error text,
    sent_at key_text
);

create table source_event (
    id integer primary key,
    source key_text not null,
    noted_at key_text not null,
    condition key_text not null,
    detail text not null
);

create table run (
    id integer primary key,
    kind key_text not null,
    started_at key_text not null,
    finished_at key_text,
    as_of key_text not null,
    status key_text not null,
    host text not null,
    process_id integer not null,
    summary text not null
);
