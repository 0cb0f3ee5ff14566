-- Which step was taken when a figure was owed: a call, a reminder or an escalation for a section's returns of one fiscal
-- year, or word of a publisher that is late. The key is why each is taken once.

create table called (
    edition key_text not null,
    fiscal_year integer not null,
    family key_text not null,
    department key_text not null,
    kind key_text not null,
    as_of key_text not null,
    mail_key key_text not null,
    primary key (edition, fiscal_year, family, department, kind)
);
