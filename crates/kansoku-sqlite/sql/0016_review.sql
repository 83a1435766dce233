-- Label schemas are the questions of reviewers; review queues are the traces that wait for them.

create table label_schemas (
    schema_id      text    primary key,
    experiment_id  integer not null,
    name           text    not null,
    label_type     text    not null,
    -- How an answer is entered, as JSON.
    input          text    not null,
    instruction    text,
    enable_comment integer not null,
    is_default     integer not null,
    created_ms     integer not null,
    last_update_ms integer not null,
    unique (experiment_id, name)
) strict;

create table review_queues (
    queue_id       text    primary key,
    experiment_id  integer not null,
    name           text    not null,
    -- The name in lower case.
    name_key       text    not null,
    queue_type     text    not null,
    created_by     text,
    created_ms     integer not null,
    last_update_ms integer not null,
    unique (experiment_id, name_key)
) strict;

create table review_queue_users (
    queue_id text not null,
    user     text not null,
    primary key (queue_id, user)
) without rowid, strict;

create table review_queue_schemas (
    queue_id  text not null,
    schema_id text not null,
    primary key (queue_id, schema_id)
) without rowid, strict;

create table review_queue_items (
    queue_id       text    not null,
    trace          integer not null,
    status         text    not null,
    completed_by   text,
    completed_ms   integer,
    created_ms     integer not null,
    last_update_ms integer not null,
    primary key (queue_id, trace)
) without rowid, strict;
create index review_queue_items_by_trace on review_queue_items (trace);
