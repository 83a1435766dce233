-- Webhooks, and the queue of jobs that deliver events to them.

create table webhooks (
    webhook_id     text    primary key,
    name           text    not null,
    url            text    not null,
    description    text,
    -- The key that signs deliveries, as it must be used; never part of a response.
    secret         text,
    status         text    not null,
    -- A JSON array of experiment ids; empty for all.
    experiments    text    not null,
    created_ms     integer not null,
    last_update_ms integer not null
) strict;

create table webhook_events (
    -- As `entity.action`.
    event      text not null,
    webhook_id text not null,
    primary key (event, webhook_id)
) without rowid, strict;

create table jobs (
    id         integer primary key autoincrement,
    -- The id that receivers see.
    job_id     text    not null unique,
    queue      text    not null,
    -- What the job is done for, such as a webhook.
    subject    text    not null,
    kind       text    not null,
    -- Empty once the job is finished.
    payload    text    not null,
    state      text    not null,
    attempts   integer not null default 0,
    created_ms integer not null,
    -- When it is taken next; of a finished one, when it was finished.
    due_ms     integer not null,
    result     text
) strict;
create index jobs_by_due on jobs (queue, due_ms, id) where state = 'waiting';
create index jobs_by_subject on jobs (queue, subject, id);
create index jobs_waiting on jobs (queue, subject) where state = 'waiting';
