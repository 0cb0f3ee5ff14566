-- What was answered to warnings, each once: the key is made of the mail's Message-ID and the warning, or of the words.

create table answer (
    answer_key key_text primary key,
    id integer not null unique,
    edition key_text not null,
    indicator key_text not null,
    fiscal_year integer not null,
    department key_text not null,
    kind key_text not null check (kind in ('acknowledged', 'silenced')),
    until key_text not null,
    answered_by text not null,
    words text not null,
    as_of key_text not null
);

-- That a comment was shown in a digest, or that the end of a silence was dealt with: each once. No mail where there was
-- nothing left to say.
create table answer_told (
    answer_key key_text primary key references answer (answer_key),
    mail_key key_text
);
