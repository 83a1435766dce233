-- Experiments, runs and the rest that no trace filter can mention.

create table experiments (
    experiment_id       integer primary key autoincrement,
    name                text    not null unique,
    artifact_location   text    not null,
    lifecycle_stage     text    not null,
    creation_time_ms    integer not null,
    last_update_time_ms integer not null
) strict;

create table experiment_tags (
    experiment_id integer not null,
    key           text    not null,
    value         text    not null,
    primary key (experiment_id, key)
) without rowid, strict;

create table runs (
    run_id          text    primary key,
    experiment_id   integer not null,
    run_name        text    not null,
    user_id         text    not null,
    status          text    not null,
    start_time_ms   integer,
    end_time_ms     integer,
    lifecycle_stage text    not null,
    -- What the client logged as inputs and outputs, as JSON lists.
    dataset_inputs  text    not null default '[]',
    model_inputs    text    not null default '[]',
    model_outputs   text    not null default '[]'
) strict;
create index runs_by_experiment on runs (experiment_id, start_time_ms);

create table run_tags (
    run_id text not null,
    key    text not null,
    value  text not null,
    primary key (run_id, key)
) without rowid, strict;

create table run_params (
    run_id text not null,
    key    text not null,
    value  text not null,
    primary key (run_id, key)
) without rowid, strict;

create table run_metrics (
    run_id       text    not null,
    key          text    not null,
    timestamp_ms integer not null,
    step         integer not null,
    -- NULL stands for NaN.
    value        real,
    unique (run_id, key, step, timestamp_ms, value)
) strict;

create table api_tokens (
    token_id     integer primary key,
    name         text    not null,
    -- SHA-256 of the token; the token itself is shown once and never stored.
    hash         blob    not null unique,
    created_ms   integer not null
) strict;

create table settings (
    key   text primary key,
    value blob not null
) without rowid, strict;

-- Traces. `traces.id` is ours and small; clients never see it.

create table traces (
    id                integer primary key,
    trace_id          text    not null unique,
    experiment_id     integer not null,
    request_time_ms   integer not null,
    duration_ms       integer,
    state             text    not null,
    name              text,
    client_request_id text,
    request_preview   text,
    response_preview  text,
    -- Which of the above a client said itself (see sqlite/given.rs); spans never overrule those.
    given             integer not null default 0,
    -- What the spans say: the fold of all that came so far.
    start_ns          integer,
    end_ns            integer,
    root_start_ns     integer,
    root_span_id      integer,
    root_open         integer,
    root_failed       integer,
    span_count        integer not null default 0,
    input_tokens      integer,
    output_tokens     integer,
    total_tokens      integer,
    cache_read_input_tokens     integer,
    cache_creation_input_tokens integer
) strict;
create index traces_by_time on traces (experiment_id, request_time_ms);

-- layer, at_ns, span_id: who said it (0 the client, 1 a span, 2 its resource) and when.
-- A NULL value is a deletion that later spans must not undo.
create table trace_tags (
    trace   integer not null,
    key     text    not null,
    value   text,
    layer   integer not null,
    at_ns   integer not null,
    span_id integer not null,
    primary key (trace, key)
) without rowid, strict;

create table trace_metadata (
    trace   integer not null,
    key     text    not null,
    value   text,
    layer   integer not null,
    at_ns   integer not null,
    span_id integer not null,
    primary key (trace, key)
) without rowid, strict;

create table trace_runs (
    trace  integer not null,
    run_id text    not null,
    primary key (trace, run_id)
) without rowid, strict;

create table trace_prompts (
    trace   integer not null,
    name    text    not null,
    version text    not null,
    primary key (trace, name, version)
) without rowid, strict;

create table assessments (
    trace           integer not null,
    assessment_id   text    not null,
    name            text    not null,
    -- feedback, expectation or issue
    kind            text    not null,
    -- JSON text; NULL where feedback carries only an error
    value           text,
    -- the value again where it is a JSON number, for comparisons
    number          real,
    error           text,
    rationale       text,
    metadata        text    not null,
    source_type     text    not null,
    source_id       text,
    span_id         text,
    overrides       text,
    valid           integer not null,
    create_time_ms  integer not null,
    update_time_ms  integer not null,
    -- 1 when its metadata names a session: it then speaks for every trace of that session.
    session_level   integer not null,
    primary key (trace, assessment_id)
) without rowid, strict;
create index session_assessments on assessments (kind, name, value) where session_level = 1;

-- One narrow row per span; no payload.
create table spans (
    trace         integer not null,
    span_id       integer not null,
    parent_id     integer,
    name          text    not null,
    type          text,
    -- 0 UNSET, 1 OK, 2 ERROR
    status        integer not null,
    start_ns      integer not null,
    end_ns        integer,
    model         text,
    provider      text,
    input_tokens  integer,
    output_tokens integer,
    total_tokens  integer,
    cache_read_input_tokens     integer,
    cache_creation_input_tokens integer,
    -- the chunk that holds its OTLP bytes
    chunk         integer not null,
    primary key (trace, span_id)
) without rowid, strict;

-- The OTLP bytes as they arrived: `TracesData` of one trace from one request, compressed by zstd.
-- Ids are never used twice: readers keep the chunk they decoded last.
create table span_chunks (
    id    integer primary key autoincrement,
    trace integer not null,
    hash  integer not null,
    bytes blob    not null
) strict;
create index span_chunks_by_trace on span_chunks (trace, hash);

-- The inverted index of trace search: one row per (thing a filter can equal, trace).
-- `term` is kansoku_filter::Term hashed with the experiment; matches are checked against the
-- real rows, so a collision costs a look and never a wrong answer.
create table trace_terms (
    term    integer not null,
    time_ms integer not null,
    trace   integer not null,
    primary key (term, time_ms, trace)
) without rowid, strict;
