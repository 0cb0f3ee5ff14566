-- A mail may be held until a person lets it go (held), and a server may refuse it for good (refused). `doubts`: how many
-- attempts ended without anybody knowing whether the server has the mail; `released_by`: who let a held one go.

create table outbox_now (
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
    status key_text not null check (status in ('held', 'pending', 'sending', 'sent', 'refused', 'doubtful')),
    attempts integer not null,
    doubts integer not null,
    last_error text,
    released_by text,
    sent_at key_text
);

insert into outbox_now (
    mail_key, kind, department, night, not_before, sender, reply_to, recipient, subject, body_text, body_html,
    message_id, headers, status, attempts, doubts, last_error, sent_at
)
select
    mail_key, kind, department, night, not_before, sender, reply_to, recipient, subject, body_text, body_html,
    message_id, headers, status, attempts, case when status = 'doubtful' then 1 else 0 end, last_error,
    sent_at
from outbox;

drop table outbox;

alter table outbox_now rename to outbox;

create index outbox_by_status on outbox (status);

create index outbox_by_night on outbox (night);
