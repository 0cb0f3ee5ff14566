-- What people wrote into the yearly reports: every version of every box; the newest stands.

create table report_comment (
    id integer primary key,
    edition key_text not null,
    fiscal_year integer not null,
    subject key_text not null,
    kind key_text not null check (kind in ('internal', 'council', 'course')),
    words text not null,
    written_by text not null,
    as_of key_text not null
);

-- What a report edition showed when it was written, where that was something new: the numbers as JSON.

create table report_shown (
    id integer primary key,
    edition key_text not null,
    fiscal_year integer not null,
    report_edition key_text not null,
    as_of key_text not null,
    numbers text not null
);

-- What was frozen, each once: up to which comment and which writing it is composed of, and its files with their SHA-256
-- as JSON.

create table report_frozen (
    edition key_text not null,
    fiscal_year integer not null,
    report_edition key_text not null,
    as_of key_text not null,
    frozen_at key_text not null,
    last_comment integer not null,
    last_shown integer not null,
    files text not null,
    primary key (edition, fiscal_year, report_edition, as_of)
);
