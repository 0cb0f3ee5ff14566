-- What a person at the secretariat must act on or know, as one JSON list, on each day on which it became another one.
-- A night is compared with the newest day before it: what appeared is told, what went away is only written down.

create table matter (
    edition key_text not null,
    as_of key_text not null,
    matters text not null,
    primary key (edition, as_of)
);

-- Which unanswered warning was reminded of, and when it was handed on. since is the day of the warning's line that was
-- told last: a later line is asked about anew. The key is why each is asked about once a night.

create table reminded (
    edition key_text not null,
    indicator key_text not null,
    fiscal_year integer not null,
    since key_text not null,
    kind key_text not null check (kind in ('reminder', 'escalation')),
    as_of key_text not null,
    mail_key key_text not null,
    primary key (edition, indicator, fiscal_year, since, as_of)
);

-- Which month had its page and which week its sign of life, by their first day: each once.

create table periodical (
    edition key_text not null,
    kind key_text not null check (kind in ('monthly', 'weekly')),
    period key_text not null,
    mail_key key_text not null,
    primary key (edition, kind, period)
);
